#!/usr/bin/env node
import { parsePluginCall, pluginMetadata } from './docker-plugin.ts';
import { main } from './main.ts';
import { mustOutliveDocker, outliveDocker } from './outlive-docker.ts';
import { listenToDocker, socketVariable } from './plugin-socket.ts';

const argv = process.argv.slice(2);
if (argv[0] === 'docker-cli-plugin-metadata') process.stdout.write(`${JSON.stringify(pluginMetadata)}\n`);
else {
  const { args, env, program } = parsePluginCall(argv);
  Object.assign(process.env, env);
  if (mustOutliveDocker(args)) void outliveDocker();
  else {
    void main(args, {
      program,
      listen: (interrupts) => void listenToDocker(process.env[socketVariable], interrupts),
    });
  }
}
