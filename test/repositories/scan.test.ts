import { describe, expect, test } from 'vitest';
import { scanRepositories } from '../../src/repositories/scan.ts';

const scan = (text: string) => scanRepositories(Buffer.from(text));
const reasonOf = (text: string) => scan(text).failure?.reason;

describe('places', () => {
  const text = '\n{ "Repositories" : {\n "a" : { "a:1" : "x" , "a:2": null } } } tail';

  test('of everything that was read', () => {
    const { failure, fields, topLevel, end } = scan(text);
    expect(failure).toBeUndefined();
    expect(topLevel).toBe('object');
    expect(text.slice(end)).toBe(' tail');
    expect(fields).toHaveLength(1);
    const [bucket] = fields[0]?.buckets ?? [];
    expect(text.slice(fields[0]?.offset, (fields[0]?.offset as number) + 14)).toBe('"Repositories"');
    expect(text.slice(bucket?.offset, (bucket?.offset as number) + 3)).toBe('"a"');
    const slices = bucket?.entries.map(({ offset, end: stop }) => text.slice(offset, stop));
    expect(slices).toEqual(['"a:1" : "x"', '"a:2": null']);
    expect(bucket?.entries[1]).toMatchObject({ reference: 'a:2', imageId: '', valueKind: 'null' });
  });

  test('are bytes, not characters', () => {
    const [field] = scan('{"é":1,"Repositories":{}}').fields.slice(1);
    expect(field?.offset).toBe(8);
  });

  test('of bytes that are not UTF-8, in the first value only, at most 100', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"a'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('":1}'),
      Buffer.from([0xff]),
    ]);
    expect(scanRepositories(bytes).invalidUtf8).toEqual([3, 4]);
    const many = Buffer.concat([Buffer.from('{"'), Buffer.alloc(200, 0xff), Buffer.from('":1}')]);
    expect(scanRepositories(many).invalidUtf8).toHaveLength(100);
  });
});

describe('what counts', () => {
  const effective = (text: string) =>
    scan(text).fields.flatMap((field) =>
      field.buckets.map((bucket) => [
        bucket.name,
        bucket.effective,
        bucket.entries.map((entry) => `${entry.reference} ${entry.effective}`),
      ]),
    );

  test('of two entries with one name the later', () => {
    expect(effective('{"Repositories":{"a":{"a:1":"x","a:2":"x","a:1":"y"}}}')).toEqual([
      ['a', true, ['a:1 false', 'a:2 true', 'a:1 true']],
    ]);
  });

  test('of two repositories with one name the later, whole', () => {
    expect(effective(String.raw`{"Repositories":{"a":{"a:1":"x"},"\u0061":{"a:2":"x"}}}`)).toEqual([
      ['a', false, ['a:1 false']],
      ['a', true, ['a:2 true']],
    ]);
  });

  test('of two fields both, repository by repository', () => {
    expect(effective('{"repositories":{"a":{"a:1":"x"},"b":{}},"REPOſITORIEſ":{"b":null}}')).toEqual([
      ['a', true, ['a:1 true']],
      ['b', false, []],
      ['b', true, []],
    ]);
  });

  test('nothing before a null', () => {
    expect(effective('{"Repositories":{"a":{"a:1":"x"}},"Repositories":null}')).toEqual([
      ['a', false, ['a:1 false']],
    ]);
  });

  test('fields with other names are listed, and not read', () => {
    const { fields } = scan('{"x":{"a":{"a:1":"x"}},"Repositories2":[]}');
    expect(fields).toMatchObject([
      { name: 'x', valueKind: 'object', isRepositories: false, buckets: [] },
      { name: 'Repositories2', valueKind: 'array', isRepositories: false, buckets: [] },
    ]);
  });
});

describe('a broken file', () => {
  test('gives every whole entry before the place', () => {
    const { failure, fields, end } = scan('{"Repositories":{"a":{"a:1":"x","a:2":"y');
    expect(failure).toMatchObject({ kind: 'truncated', offset: 40 });
    expect(fields[0]?.buckets[0]?.entries).toMatchObject([{ reference: 'a:1', imageId: 'x' }]);
    expect(end).toBe(40);
  });

  test('says where it ends', () => {
    expect(reasonOf('{')).toBe('the file ends in the outermost object');
    expect(reasonOf('{"Repo')).toBe('the file ends in the name of a field');
    expect(reasonOf('{"Repositories"')).toBe('the file ends after the name of a field');
    expect(reasonOf('{"Repositories":')).toBe('the file ends where the field Repositories should begin');
    expect(reasonOf('{"Repositories":{"a')).toBe('the file ends in the name of a repository');
    expect(reasonOf('{"Repositories":{"a":{"a:1":"x",')).toBe('the file ends where a reference should begin');
    expect(reasonOf('{"Repositories":{"a":{"a:1":"x"')).toBe('the file ends in the repository "a"');
    expect(reasonOf('{"Repositories":{"a":{"a:1":"x')).toBe('the file ends in an image ID');
    expect(reasonOf('{"x":tr')).toBe('the file ends in the word true');
  });

  test('says what stands there instead', () => {
    expect(reasonOf('\0')).toBe('a NUL byte where the outermost object should begin');
    expect(reasonOf('\ufeff{}')).toBe('a byte order mark where the outermost object should begin');
    expect(reasonOf('some text')).toBe("unexpected 's' where the outermost object should begin");
    expect(reasonOf('{"a" 1}')).toBe("unexpected '1' after the name of a field");
    expect(reasonOf('{"Repositories":{"a":{"a:1":"x";}}}')).toBe('unexpected \';\' in the repository "a"');
    expect(scanRepositories(Buffer.from('ff fe 7b'.replaceAll(' ', ''), 'hex')).failure?.reason).toBe(
      'a byte order mark of UTF-16 where the outermost object should begin',
    );
  });

  test('says which type is wrong, the first only, and reads on', () => {
    const { failure, fields } = scan('{"Repositories":{"a":{"a:1":7},"b":[],"c":{"c:1":"x"}}}');
    expect(failure).toEqual({
      kind: 'type',
      offset: 28,
      daemonMessage:
        'json: cannot unmarshal number into Go struct field refStore.Repositories of type digest.Digest',
      reason: 'the image ID of "a:1" is a number instead of a string',
    });
    expect(fields[0]?.buckets.map((bucket) => bucket.valueKind)).toEqual(['object', 'array', 'object']);
  });

  test('a syntax error wins over a wrong type before it', () => {
    expect(scan('{"Repositories":{"a":[1]},}').failure?.kind).toBe('syntax');
  });
});

describe('depth', () => {
  const nested = (open: string, close: string, times: number) => open.repeat(times) + close.repeat(times);

  test('10,000 open brackets are read, one more is not', () => {
    expect(reasonOf(`{"x":${nested('[', ']', 9_999)}}`)).toBeUndefined();
    expect(scan(`{"x":${nested('[', ']', 10_000)}}`).failure).toMatchObject({
      kind: 'syntax',
      daemonMessage: "invalid character '[' exceeded max depth",
      offset: 5 + 9_999,
    });
  });

  test('brackets that were closed do not count', () => {
    expect(reasonOf(`{"x":[${'[],{},'.repeat(20_000)}1]}`)).toBeUndefined();
  });
});

test('a text is scanned as its bytes are', () => {
  const text = '{"Repositories":{"ä":{"ä:1":"x"}}';
  expect(scanRepositories(text)).toEqual(scan(text));
});
