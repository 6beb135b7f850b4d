// Azurite ends with the test that started it, however that one ended: its end of the pipe closes.
process.stdin.resume().on("end", () => process.exit(0));
require("azurite/dist/src/blob/main");
