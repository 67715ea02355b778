import { describe, expect, test } from 'vitest';
import { firstWord, sniffFileType } from '../../src/check/sniff-file-type.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('bytes that are no store', () => {
  test.each([
    ['', 'nothing'],
    [' \n', 'white space'],
    ['\0\0\0', 'NUL bytes'],
    [`${'\0'.repeat(16)}x`, 'NUL bytes'],
    ['\x1f\x8b\x08', 'gzip data'],
    ['\x28\xb5\x2f\xfd', 'zstd data'],
    ['\xfd7zXZ\0', 'xz data'],
    ['BZh9', 'bzip2 data'],
    ['PK\x03\x04', 'a zip archive'],
    [`file${'\0'.repeat(253)}ustar`, 'a tar archive'],
    ['\x7fELF', 'a Linux program (ELF)'],
    ['\x89PNG\r\n', 'a PNG image'],
    ['\xff\xd8\xff\xe0', 'a JPEG image'],
    ['%PDF-1.7', 'a PDF document'],
    ['SQLite format 3\0', 'an SQLite database'],
    ['\0\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\xed\xda\x0c\xed', 'a bbolt database'],
    ['LPKSHHRH', 'a systemd journal'],
    ['\x02\0\0\0\x0c\0\x01\x02.\0\0\0\x02\0\0\0\xf4\x01\x02\x02..', 'an ext4 directory block'],
    ['\xff\xfe{\0', 'UTF-16 text'],
    ['-----BEGIN PRIVATE KEY-----\n', 'a key or certificate (PEM)'],
    ['#!/bin/sh\n', 'a script'],
    ['<!DOCTYPE html>', 'an HTML page'],
    ['<?xml version="1.0"?>', 'an XML document'],
    ['<<<<<<< HEAD\n', 'a merge conflict'],
    ["{'Repositories': {}}", "Python's or JavaScript's notation instead of JSON"],
    ['{"log":"x\\n","stream":"stdout"}', 'a container log'],
    ['time="2026-01-01T00:00:00Z" level=info', 'a log'],
    ['2026-01-01 00:00:00 started', 'a log'],
    ['Jan  1 00:00:00 host dockerd[1]: x', 'a log'],
    [`x":"sha256:${'a'.repeat(64)}","`, 'a piece of a reference store'],
    ['{"registry-mirrors":[]}', 'JSON of something else'],
    ['[Unit]\nDescription=x\n', 'an INI or unit file'],
    ['# comment\nserver.port=1\n', 'a list of settings'],
    ['services:\n  a:\n', 'a YAML file'],
    ['just words', 'text'],
    ['\x01\x02\x03\x04\x05', 'binary data'],
  ])('%j looks like %s', (text, fileType) => {
    expect(sniffFileType(bytes(text))).toBe(fileType);
  });
});

test('the first word is quoted only where it can be no secret', () => {
  expect(firstWord(bytes('server.port=8080\n'))).toBe('server.port');
  expect(firstWord(bytes('version: 2\n'))).toBe('version');
  for (const text of ['hunter2', 'sk_live_4242=1', 'ghp_ABCDEF0123 x', 'password', '\x1b[31m=', '']) {
    expect(firstWord(bytes(text))).toBeUndefined();
  }
});

test('a long run of anything is named in time', () => {
  for (const text of ['# \n', ' ', '{ ', '[a', 'a.'])
    expect(sniffFileType(bytes(text.repeat(100_000)))).toBeTypeOf('string');
});
