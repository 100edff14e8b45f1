//! Staff's pages come alive here: one script for all of them, since it is small and cached once.

import { openConversation } from "./conversation.js";
import { openDoor } from "./door.js";
import { openInbox } from "./inbox.js";
import { find, localise } from "./page.js";

const page = find<HTMLElement>("[data-page]");
localise();
if (page?.dataset["page"] === "door") openDoor("/staff/v1/enter", "/r");
if (page?.dataset["page"] === "sign-in") openDoor("/staff/v1/sign-in", "/staff/sign-in");
if (page?.dataset["page"] === "conversation") openConversation(page);
if (page?.dataset["page"] === "inbox") openInbox(page);
