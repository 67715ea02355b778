/**
 * The smallest program that can be run from an image without a base: a static ELF for Linux on amd64 that prints
 * its text and ends (ELF-64, one loaded segment; write(2), then exit(2)).
 */
export function greeter(text: string): Buffer {
  const message = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(message.length);
  const code = Buffer.concat([
    Buffer.from('b801000000bf01000000488d3510000000ba', 'hex'), // mov eax, 1; mov edi, 1; lea rsi, [message]; mov edx,
    length,
    Buffer.from('0f05b83c00000031ff0f05', 'hex'), // syscall; mov eax, 60; xor edi, edi; syscall
    message,
  ]);
  return program(code);
}

/** As small, and waits until a signal ends it: pause(2), again and again. */
export function waiter(): Buffer {
  return program(Buffer.from('b8220000000f05ebf7', 'hex')); // mov eax, 34; syscall; jmp to the beginning
}

function program(code: Buffer): Buffer {
  const headers = 64 + 56;
  const base = 0x400000;
  const header = Buffer.alloc(headers);
  header.write('7f454c46020101', 'hex');
  header.writeUInt16LE(2, 16); // an executable
  header.writeUInt16LE(62, 18); // x86-64
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(base + headers), 24); // where it begins
  header.writeBigUInt64LE(64n, 32); // program headers
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  header.writeUInt32LE(1, 64); // loaded,
  header.writeUInt32LE(5, 68); // readable and executable
  header.writeBigUInt64LE(BigInt(base), 80);
  header.writeBigUInt64LE(BigInt(base), 88);
  header.writeBigUInt64LE(BigInt(headers + code.length), 96);
  header.writeBigUInt64LE(BigInt(headers + code.length), 104);
  header.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([header, code]);
}
