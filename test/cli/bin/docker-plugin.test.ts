import { expect, test } from 'vitest';
import { parsePluginCall } from '../../../src/cli/bin/docker-plugin.ts';

test.each([
  [['refstore', 'ls', '--json'], ['ls', '--json'], {}, 'docker refstore'],
  [['refstore'], [], {}, 'docker refstore'],
  [['--host', 'unix:///x', 'refstore', 'ls'], ['ls'], { DOCKER_HOST: 'unix:///x' }, 'docker refstore'],
  [['-H=unix:///x', '-D', 'refstore', 'ls'], ['ls'], { DOCKER_HOST: 'unix:///x' }, 'docker refstore'],
  [
    ['--context=prod', '--config', '/c', 'refstore'],
    [],
    { DOCKER_CONTEXT: 'prod', DOCKER_CONFIG: '/c' },
    'docker refstore',
  ],
  [
    ['--log-level', 'debug', '--tlsverify', 'refstore', 'ls'],
    ['ls'],
    { DOCKER_TLS_VERIFY: '1' },
    'docker refstore',
  ],
  [['ls', 'refstore'], ['ls', 'refstore'], {}, 'docker-refstore'],
  [['--file', 'x', 'ls'], ['--file', 'x', 'ls'], {}, 'docker-refstore'],
  [['--host', 'unix:///x', 'ls'], ['--host', 'unix:///x', 'ls'], {}, 'docker-refstore'],
  [[], [], {}, 'docker-refstore'],
])('%j', (argv, args, env, program) => {
  expect(parsePluginCall(argv)).toEqual({ args, env, program });
});
