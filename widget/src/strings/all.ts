//! Every language at once, for the file that loads nothing.

import type { Strings } from "../contract.js";

export const allStrings: Record<string, Strings> = {};
