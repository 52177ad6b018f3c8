// The portal: forms and menus. Everything here also works without it.
import { start } from "./shared.js";

start();
