import { expect, test } from 'vitest';
import { openStore } from '../../src/store/open.ts';

test.each(['dataRoot', 'driver', 'file'])(
  'an empty %s is a mistake, not the current folder',
  async (name) => {
    await expect(openStore({ [name]: '' })).rejects.toMatchObject({
      code: 'USAGE',
      message: `${name} is empty`,
    });
  },
);
