#!/usr/bin/env node
// A stand-in for dockerd, as far as its reference store goes: a memory of references that it reads from
// repositories.json at its start and writes as a whole at every change, an API on a unix socket, a pid file, and
// flock(2) on volumes/metadata.db while it runs.
//
//   fake-daemon.mjs --data-root DIR --pidfile FILE -H unix://PATH
//
// DIR/behaviour.json, read at the start, makes it misbehave:
//   failOn: REF      does not start while the file has this reference
//   deafOn: REF      starts and never answers while the file has it
//   forget: REF      starts without it
//   tagAtStop: {reference, image}   somebody tags an image just before it ends; once
//   id: ID         what /info says of it
//   stopMs: N        takes this long to end · rootDir: DIR  what /info says · containerd: true
//   loadFails: TEXT  says so behind status 200 · loadsAs: ID  gives the names of what it loads to another image
//   containers: [{name, restartPolicy, autoRemove}]   run until it is stopped
//   lockAtLoad: true  something stands where the lock of the store is to be, from the load on
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LoadError, readLoaded, receive } from './fake-load.mjs';

const { values } = parseArgs({
  options: {
    'data-root': { type: 'string' },
    pidfile: { type: 'string' },
    host: { type: 'string', short: 'H' },
    debug: { type: 'boolean' },
  },
});
const root = values['data-root'];
const socket = values.host.replace('unix://', '');
const folder = join(root, 'image', 'overlay2');
const store = join(folder, 'repositories.json');
const behaviour = readJson(join(root, 'behaviour.json')) ?? {};
let deaf = false;

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function fail(why) {
  console.error(`failed to start daemon: ${why}`);
  process.exit(1);
}

// The child holds the lock, and ends with its standard input, however this process ends.
mkdirSync(join(root, 'volumes'), { recursive: true });
const lock = spawn(
  'flock',
  [
    '--no-fork',
    '--nonblock',
    join(root, 'volumes', 'metadata.db'),
    'sh',
    '-c',
    // The kernel names it by the last part of this path: the holder of a daemon's lock has to be a dockerd.
    'ln -sf "$(command -v cat)" "$0"; echo held; exec "$0"',
    join(root, 'volumes', 'dockerd'),
  ],
  {
    stdio: ['pipe', 'pipe', 'inherit'],
  },
);
lock.once('exit', () => fail(`${root} is in use`));
await new Promise((resolve) => lock.stdout.once('data', resolve));

/** @type {Map<string, Map<string, string>>} */
const memory = new Map();
const bucketOf = (reference) => reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
const get = (reference) => memory.get(bucketOf(reference))?.get(reference);
const has = (id) => readdirSync(join(folder, 'imagedb/content/sha256')).includes(id.replace('sha256:', ''));

function set(reference, id) {
  const name = bucketOf(reference);
  if (!memory.has(name)) memory.set(name, new Map());
  if (id === undefined) memory.get(name).delete(reference);
  else memory.get(name).set(reference, id);
  if (memory.get(name).size === 0) memory.delete(name);
}

function save() {
  const sorted = (map) => [...map].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const buckets = sorted(memory).map(([name, keys]) => [name, Object.fromEntries(sorted(keys))]);
  const staged = join(folder, '.tmp-repositories.json1');
  writeFileSync(staged, JSON.stringify({ Repositories: Object.fromEntries(buckets) }), { mode: 0o600 });
  renameSync(staged, store);
}

try {
  const file = readJson(store);
  for (const [name, keys] of Object.entries(file?.Repositories ?? {}))
    memory.set(name, new Map(Object.entries(keys)));
  if (file === undefined) save();
} catch (error) {
  fail(`Couldn't create reference store repository: ${error.message}`);
}
if (behaviour.failOn !== undefined && get(behaviour.failOn) !== undefined)
  fail(`it does not like ${behaviour.failOn}`);
if (behaviour.deafOn !== undefined && get(behaviour.deafOn) !== undefined) deaf = true;
if (behaviour.forget !== undefined) set(behaviour.forget, undefined);

/** Zombies are shown in familiar form. */
const shown = (reference) => reference.replace(/^(?:index\.)?docker\.io\/(?:library\/)?/, '');

/** The containerd image store: names, in canonical form cut to familiar, and what they are. */
const targets = new Map();

function containerdImages() {
  return [...new Set(targets.values())].map((id) => {
    const tags = [...targets].filter(([, target]) => target === id).map(([name]) => name);
    return {
      Id: id,
      RootFS: { Layers: ['sha256:layer'] },
      RepoTags: tags,
      RepoDigests: tags.map((tag) => `${bucketOf(tag)}@${id}`),
    };
  });
}

function images() {
  if (behaviour.containerd) return containerdImages();
  return readdirSync(join(folder, 'imagedb/content/sha256')).map((hex) => {
    const id = `sha256:${hex}`;
    const references = [...memory.values()].flatMap((keys) =>
      [...keys].filter(([, image]) => image === id).map(([reference]) => shown(reference)),
    );
    const tags = references.filter((reference) => !reference.includes('@'));
    return {
      Id: id,
      RepoTags: tags.length === 0 ? null : tags,
      RepoDigests: references.filter((one) => one.includes('@')),
    };
  });
}

function info() {
  return {
    DockerRootDir: behaviour.rootDir ?? root,
    Driver: behaviour.containerd ? 'overlayfs' : 'overlay2',
    DriverStatus: behaviour.containerd
      ? [['driver-type', 'io.containerd.snapshotter.v1']]
      : [['Backing Filesystem', 'extfs']],
    ServerVersion: '20.10.24',
    ID: behaviour.id,
    LiveRestoreEnabled: false,
    ContainersRunning: 0,
    SecurityOptions: null,
  };
}

async function load(request) {
  const archive = await receive(request);
  if (behaviour.loadFails !== undefined) throw new LoadError(behaviour.loadFails);
  const loaded = readLoaded(archive, behaviour.containerd === true);
  for (const { id, config, names } of loaded) {
    if (config !== undefined) writeFileSync(join(folder, 'imagedb/content/sha256', id.slice(7)), config);
    for (const name of names.map(shown)) {
      const image = behaviour.loadsAs ?? id;
      if (behaviour.containerd) targets.set(name, image);
      else set(name, image);
    }
  }
  if (!behaviour.containerd) save();
  if (behaviour.lockAtLoad) writeFileSync(`${store}.lock`, '');
  return loaded.flatMap(({ names }) => names.map((name) => ({ stream: `Loaded image: ${shown(name)}\n` })));
}

function answerLoad(request, response) {
  const line = (value) => `${JSON.stringify(value)}\r\n`;
  load(request).then(
    (messages) => response.end(messages.map(line).join('')),
    (error) => {
      if (!(error instanceof LoadError)) throw error;
      response.end(line({ errorDetail: { message: error.message }, error: error.message }));
    },
  );
}

/** Those that run: of a daemon that was stopped and started, only those that it starts again. */
const ended = join(root, 'containers-ended');
const containers = (behaviour.containers ?? []).filter(
  ({ restartPolicy }) => !existsSync(ended) || restartPolicy === 'always',
);

/** [status, body] */
function answer(method, path, query) {
  if (path === '/_ping') return [200, 'OK'];
  if (path === '/info') return [200, info()];
  if (path === '/version') return [200, { Os: 'linux', Arch: 'amd64' }];
  if (path === '/containers/json') {
    return [200, containers.map(({ name }) => ({ Id: name, Names: [`/${name}`], Image: 'app' }))];
  }
  const [, containerId] = /^\/containers\/([^/]+)\/json$/.exec(path) ?? [];
  const container = containers.find(({ name }) => name === containerId);
  if (container !== undefined) {
    const { restartPolicy: Name, autoRemove: AutoRemove } = container;
    return [200, { HostConfig: { RestartPolicy: { Name }, AutoRemove } }];
  }
  if (path === '/images/json') return [200, images()];
  const [, name = '', action] = /^\/images\/(.+?)(?:\/(json|tag|history))?$/.exec(path) ?? [];
  if (behaviour.containerd) {
    const target = targets.get(name) ?? name.replace(/^.*@/, '');
    const found = containerdImages().find(({ Id }) => Id === target);
    return found === undefined
      ? [404, { message: `No such image: ${name}` }]
      : [200, action === 'history' ? [] : found];
  }
  const id = has(name) ? name : get(name);
  if (id === undefined || !has(id)) return [404, { message: `No such image: ${name}` }];
  if (method === 'GET' && action === 'json') return [200, images().find((image) => image.Id === id)];
  if (method === 'POST' && action === 'tag') {
    set(`${query.get('repo')}:${query.get('tag')}`, id);
    save();
    return [201, ''];
  }
  if (method === 'DELETE') {
    set(name, undefined);
    save();
    return [200, [{ Untagged: name }]];
  }
  return [404, { message: 'page not found' }];
}

const server = createServer((request, response) => {
  if (deaf) return;
  const { pathname, searchParams } = new URL(request.url, 'http://docker');
  const path = decodeURIComponent(pathname.replace(/^\/v\d+\.\d+/, ''));
  if (path === '/images/load') {
    response.writeHead(200, { 'Api-Version': '1.41', Server: 'Docker/20.10.24 (linux)' });
    answerLoad(request, response);
    return;
  }
  const [status, body] = answer(request.method, path, searchParams);
  response.writeHead(status, { 'Api-Version': '1.41', Server: 'Docker/20.10.24 (linux)' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
});

function stop() {
  writeFileSync(ended, '');
  if (behaviour.tagAtStop !== undefined) {
    set(behaviour.tagAtStop.reference, behaviour.tagAtStop.image);
    save();
    unlinkSync(join(root, 'behaviour.json'));
  }
  server.close();
  server.closeAllConnections();
  setTimeout(() => {
    rmSync(values.pidfile, { force: true });
    rmSync(socket, { force: true });
    process.exit(0);
  }, behaviour.stopMs ?? 0);
}
process.on('SIGTERM', stop);

rmSync(socket, { force: true });
server.listen(socket, () => {
  writeFileSync(values.pidfile, String(process.pid));
  console.error('API listen on', socket);
});
