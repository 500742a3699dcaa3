import { storeLimits } from '../../../operators/foundation/store/file-record-store.ts';
import { keptBytesMax } from '../../../operators/foundation/store/file/record-file.ts';
import { untouchedMaxMs } from '../../../operators/foundation/store/lock/lock-holder.ts';
import { damagedKept } from '../../../operators/foundation/store/salvage/set-aside.ts';
import {
  recordBytesMax,
  recordNameMax,
} from '../../../operators/foundation/store/stored-record.ts';
import type { LimitTable } from './limit.ts';

const file = 'operators/foundation/store/file-record-store.ts';
const record = 'operators/foundation/store/stored-record.ts';

/** Limits of the record store in a state folder. */
export const recordStoreLimits: LimitTable = {
  'Record store': [
    {
      name: 'Size of a record',
      value: recordBytesMax,
      unit: 'bytes',
      beyond: 'The commit rejects with `StateError` `unwritable`.',
      enforcedIn: record,
    },
    {
      name: 'Length of the kind of a record',
      value: recordNameMax.kind,
      unit: 'characters',
      beyond: 'As above.',
      enforcedIn: record,
    },
    {
      name: 'Length of the key of a record',
      value: recordNameMax.key,
      unit: 'characters',
      beyond: 'As above.',
      enforcedIn: record,
    },
    {
      name: 'Commits waiting for the disk',
      value: storeLimits.commitsMax,
      unit: 'commits',
      beyond: 'The commit rejects with `StateError` `unwritable`.',
      enforcedIn: file,
    },
    {
      name: 'Bytes waiting for the disk, unless one commit has more',
      value: storeLimits.bytesMax,
      unit: 'bytes',
      beyond: 'As above.',
      enforcedIn: file,
    },
    {
      name: 'Commits in a transaction',
      value: storeLimits.sharedCommitsMax,
      unit: 'commits',
      beyond: 'They wait for the next transaction.',
      enforcedIn: file,
    },
    {
      name: 'Bytes in a transaction, before the last commit that joins',
      value: storeLimits.sharedBytesMax,
      unit: 'bytes',
      beyond: 'As above.',
      enforcedIn: file,
    },
    {
      name: 'Restarts of the thread without a commit in between',
      value: storeLimits.restartAfterMs.length,
      unit: 'restarts',
      beyond: 'The store is lost: all commits reject.',
      enforcedIn: file,
    },
    {
      name: 'Bytes that opening reads and keeps until they are listed, or until the first commit',
      value: keptBytesMax,
      unit: 'bytes',
      beyond: 'The rest is read again when it is listed.',
      enforcedIn: 'operators/foundation/store/file/record-file.ts',
    },
    {
      name: 'Damaged files kept',
      value: damagedKept,
      unit: 'files',
      beyond: 'The oldest is removed.',
      enforcedIn: 'operators/foundation/store/salvage/set-aside.ts',
    },
    {
      name: 'Validity of a state lock of another host that has no system lock',
      value: untouchedMaxMs,
      unit: 'ms',
      beyond: 'An untouched lock is taken over.',
      enforcedIn: 'operators/foundation/store/lock/lock-holder.ts',
    },
  ],
};
