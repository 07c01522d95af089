/** How the tables of the command line look. */
export const TABLE = {
  style: { head: [], border: [] },
  // Without rules between rows.
  chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
};
