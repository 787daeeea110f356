/** Where importers find spools; the sorting itself lies in `trace`, because the store's file spool needs it too. */
export { memorySpool, type MakeSpool, type Spool, type SpoolReader } from '../trace/spool.js'
