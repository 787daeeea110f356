/** Where things lie in the matcher's memory. Plain numbers: `assembly/` is compiled with them too. */

/** Slots of an event's values. */
export const CAT = 0
export const NAME = 1
export const PH = 2
export const TS = 3
export const DUR = 4
export const PID = 5
export const TID = 6
export const ARGS = 7
export const EXTERNAL = 8
export const CORRELATION = 9
export const DEVICE = 10
export const STREAM = 11
export const BYTES = 12
export const DIMS = 13
export const TYPES = 14
export const RECORD = 15
export const SLOTS = 16

/** What it does with events of a template: gives their values, or only counts them; any other number is what the event is
 *  (`kineto-what.ts`), and it makes rows. */
export const GIVE = 0
export const COUNT = -1

/** Words of 32 bits: indices in the buffer. */
export const AT = 16
export const BEHIND = 20
/** Rows that are to be fetched: of operators, launches and device work. */
export const CALL_COUNT = 28
export const LAUNCH_COUNT = 488
export const DEVICE_COUNT = 492

/** By slot: kind (a byte), first index and the one behind (32 bits each); then those of values that nobody asks for. */
export const KINDS = 32
export const FROMS = 64
export const TOS = 160

/** 16 bytes of 255 and 16 of 0: of what is compared, the first so many bytes. */
export const MASK = 256

/** By piece: where it lay in the event that matched. */
export const STARTS = 288

/** Templates: the addresses of those in use, the most hit one first; then a record each. */
export const MAX_TEMPLATES = 16
export const TEMPLATE_COUNT = 496
/** From here to the rows: all that is learned. */
export const LEARNED = TEMPLATE_COUNT
export const ORDER = 500
export const TEMPLATES = 1024
export const TEMPLATE_SIZE = 8192
/** Of a template: numbers of 32 bits, but for the probe (64). */
export const PIECES = 0
export const CATEGORY = 4
export const ACTION = 8
export const HITS = 12
export const PROBE = 16
export const PROBE_AT = 24
/** Events counted or taken since the last look. */
export const COUNTED = 28
/** Two values that are the same in all events of the template: slot (-1: none), piece, index in the piece, length. */
export const FIXED = 32
export const FIXED_SIZE = 16
export const FIXED_COUNT = 2
/** Pieces: their bytes' address and length (32 bits each), then kind and slot of the value behind (32 bits each). There is one
 *  more of them than values. */
export const FIRST_PIECE = 64
export const PIECE_SIZE = 16
export const MAX_VALUES = 48
/** The bytes of all pieces, one behind the other. */
export const PIECE_BYTES = FIRST_PIECE + (MAX_VALUES + 1) * PIECE_SIZE
export const MAX_PIECE_BYTES = TEMPLATE_SIZE - PIECE_BYTES - 32

/** What was learned: one entry for all keys with the same hash. */
export const KEYS = TEMPLATES + MAX_TEMPLATES * TEMPLATE_SIZE
export const KEY_COUNT = 2048
export const KEY_SIZE = 512
/** Of an entry: what kind of key it is and three lengths (32 bits each), its number (a double), its bytes. */
export const KEY_NUMBER = 16
export const KEY_BYTES = 24
export const MAX_KEY_BYTES = KEY_SIZE - KEY_BYTES - 16
/** Kinds of key (0: the entry is empty). */
export const THREAD_KEY = 1
export const OPERATOR_KEY = 2
export const LAUNCH_KEY = 3
export const DEVICE_KEY = 4

/** Rows of doubles as `kineto-rows.ts` lays them out; nobody fills `seq` of device work here. */
export const MAX_ROWS = 2048
export const CALLS = KEYS + KEY_COUNT * KEY_SIZE
export const LAUNCHES = CALLS + MAX_ROWS * 40
export const DEVICES = LAUNCHES + MAX_ROWS * 40

/** The bytes being scanned, to the end of the memory. */
export const BUFFER = DEVICES + MAX_ROWS * 80
/** What may be read behind the last byte. */
export const OVERREAD = 512
