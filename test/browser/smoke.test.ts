import { expect, inject, test } from "vitest";

test("the browser tests run in Chromium", () => {
  expect(1 + 1).toBe(2);
  expect(navigator.userAgent).toContain("Chrome");
});

test("values that Node computed arrive in the browser", () => {
  expect(inject("nodeVersion")).toMatch(/^v\d+\./);
});
