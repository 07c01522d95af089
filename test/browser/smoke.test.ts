import { expect, test } from "vitest";

test("the browser tests run in Chromium", () => {
  expect(navigator.userAgent).toContain("Chrome");
});
