import { startBusy } from "./js/busy.js";
import { startCopy } from "./js/copy.js";
import { startDialogs } from "./js/dialogs.js";
import { startLines } from "./js/lines.js";
import { startLive } from "./js/live.js";
import { startMenus } from "./js/menus.js";
import { startPalette } from "./js/palette.js";
import { startAmounts } from "./js/amounts.js";
import { startSelection } from "./js/selection.js";

startDialogs();
startBusy();
startMenus();
startCopy();
startPalette();
startAmounts();
startLines();
startSelection();
startLive();
