import fc from 'fast-check';

const part = fc.stringMatching(/^[a-z0-9]{1,8}(?:(?:\.|_|__|-{1,2})[a-z0-9]{1,5})?$/);
const host = fc.constantFrom(
  'docker.io/',
  'index.docker.io/',
  'localhost/',
  'localhost:5000/',
  'registry.example.com/',
  'registry.example.com:5000/',
  '[::1]:5000/',
  'Upper/',
  'library/',
  '',
);
const tag = fc.stringMatching(/^:[A-Za-z0-9_][A-Za-z0-9_.-]{0,12}$/);
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });

/** `sha256:<64 hex>`. Few different ones, so that generated stores share images. */
export const imageId = fc.oneof(
  fc.constantFrom(...['a', 'b', 'c'].map((letter) => `sha256:${letter.repeat(64)}`)),
  hex(64).map((text) => `sha256:${text}`),
);

export const digest = fc.oneof(
  hex(64).map((text) => `sha256:${text}`),
  hex(128).map((text) => `sha512:${text}`),
);

const name = fc
  .tuple(host, fc.array(part, { minLength: 1, maxLength: 3 }))
  .map(([domain, parts]) => domain + parts.join('/'));

/** A reference as a user might write it, valid by Docker's grammar: name, name:tag, name@digest or all three. */
export const validReference = fc
  .tuple(
    name,
    fc.option(tag, { nil: '' }),
    fc.option(
      digest.map((text) => `@${text}`),
      { nil: '' },
    ),
  )
  .map((pieces) => pieces.join(''));
