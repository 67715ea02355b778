// A command line of your own, with every command of refstore below `hostctl images`.
import { Command } from 'commander';
import { mountCommands } from 'docker-refstore';

const program = new Command('hostctl').description('Looks after a host');
program
  .command('hello')
  .description('a command that was there before')
  .action(() => console.log('hello'));

const images = program.command('images').description("Docker's reference store");
mountCommands(images);

await program.parseAsync();
