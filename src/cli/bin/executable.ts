import { basename } from 'node:path';

// One file is both programs, by the name that it is called by: the Docker plugin is a link to it.
if (basename(process.argv0) === 'docker-refstore') void import('./docker-refstore.ts');
else void import('./refstore.ts');
