/** One difference between two stores: an entry, by its bucket and its key, and the image IDs before and after. */
export type Change =
  | { readonly op: 'add'; readonly repository: string; readonly reference: string; readonly image: string }
  | {
      readonly op: 'move';
      readonly repository: string;
      readonly reference: string;
      readonly from: string;
      readonly image: string;
    }
  | {
      readonly op: 'remove';
      readonly repository: string;
      readonly reference: string;
      readonly from: string;
    };
