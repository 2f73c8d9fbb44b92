/** What a page asks is answered without the last two seconds where those would hold up senders: the stream tells of them anyway. */
export const RECENT = { "cache-control": "max-age=2" };
