import { pageBytes } from '../../../../../operators/foundation/store/file/database.ts';

const nonce = 0x1234;
const sector = 512;

/**
 * The rollback journal of a commit that leads from the file `before` to the file `after`, as SQLite
 * writes it, and the numbers of the pages in it.
 * Source: https://www.sqlite.org/fileformat2.html#the_rollback_journal
 */
export function hotJournal(before: Buffer, after: Buffer): { journal: Buffer; changed: number[] } {
  const count = before.length / pageBytes;
  const page = (file: Buffer, number: number): Buffer =>
    file.subarray((number - 1) * pageBytes, number * pageBytes);
  const changed = Array.from({ length: count }, (_, index) => index + 1).filter(
    (number) => !page(before, number).equals(page(after, number)),
  );
  const header = Buffer.alloc(sector);
  header.write('d9d505f920a163d7', 'hex');
  for (const [index, value] of [changed.length, nonce, count, sector, pageBytes].entries()) {
    header.writeUInt32BE(value, 8 + 4 * index);
  }
  const records = changed.map((number) => {
    const content = page(before, number);
    let checksum = nonce;
    for (let at = pageBytes - 200; at > 0; at -= 200) checksum += content[at]!;
    const record = Buffer.alloc(4 + pageBytes + 4);
    record.writeUInt32BE(number, 0);
    content.copy(record, 4);
    record.writeUInt32BE(checksum, 4 + pageBytes);
    return record;
  });
  return { journal: Buffer.concat([header, ...records]), changed };
}
