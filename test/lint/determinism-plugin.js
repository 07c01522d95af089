/**
 * The rules that keep core/ and sim/ deterministic and that no stock rule covers. Each is a few lines over
 * the syntax tree (ESLint's plugin interface), and each message names the way that is allowed.
 */

/** What every engine computes to the same last bit; `Math.sqrt` is rounded correctly by IEEE 754. */
const EXACT_MATH = new Set([
  "abs",
  "ceil",
  "clz32",
  "floor",
  "fround",
  "imul",
  "max",
  "min",
  "round",
  "sign",
  "sqrt",
  "trunc",
]);

/** @param {any} node */
function isLiteralNumber(node) {
  if (node.type === "UnaryExpression") return isLiteralNumber(node.argument);
  return node.type === "Literal" && typeof node.value === "number";
}

/** Allows `Math.floor` and its like by name; everything else that could reach another function is refused. */
const exactMath = {
  /** @param {any} context */
  create(context) {
    return {
      /** @param {any} node */
      Identifier(node) {
        if (node.name !== "Math" || isNameOnly(node)) return;
        const parent = node.parent;
        const member = parent.type === "MemberExpression" && parent.object === node;
        const name = member && !parent.computed ? parent.property.name : undefined;
        if (name !== undefined && EXACT_MATH.has(name)) return;
        const message =
          name === "random"
            ? "Math.random has no seed: draw from a stream of sim/kernel/prng.ts."
            : `${name === undefined ? "Math as a value" : `Math.${name}`} may round differently in another engine: keep to integers, + - * / and ${[...EXACT_MATH].join(", ")}.`;
        context.report({ node, message });
      },
    };
  },
};

/** `x.Math`, `{ Math: 1 }` and a member of an interface name a property and not the global. */
function isNameOnly(/** @type {any} */ node) {
  const parent = node.parent;
  if (parent.type === "MemberExpression") return parent.property === node && !parent.computed;
  return parent.key === node && !parent.computed && !parent.shorthand;
}

const exactPower = {
  /** @param {any} context */
  create(context) {
    const message =
      "`**` may round differently in another engine unless both sides are literal numbers: multiply, or use a table.";
    return {
      /** @param {any} node */
      BinaryExpression(node) {
        if (node.operator !== "**") return;
        if (isLiteralNumber(node.left) && isLiteralNumber(node.right)) return;
        context.report({ node, message });
      },
      /** @param {any} node */
      AssignmentExpression(node) {
        if (node.operator === "**=") context.report({ node, message });
      },
    };
  },
};

const noForIn = {
  /** @param {any} context */
  create(context) {
    return {
      /** @param {any} node */
      ForInStatement(node) {
        context.report({
          node,
          message: "for…in also walks inherited keys: use for…of over Object.keys or a Map.",
        });
      },
    };
  },
};

const noDynamicImport = {
  /** @param {any} context */
  create(context) {
    return {
      /** @param {any} node */
      ImportExpression(node) {
        context.report({
          node,
          message: "import() finishes when the host likes: import at the top of the file.",
        });
      },
    };
  },
};

/** Functions that wait are `oxc/no-async-await`'s business; this is for a module that waits while it loads. */
const noTopLevelAwait = {
  /** @param {any} context */
  create(context) {
    const message = "A module that waits while it loads lets the host decide what comes next.";
    return {
      /** @param {any} node */
      AwaitExpression(node) {
        if (!isInsideFunction(node)) context.report({ node, message });
      },
      /** @param {any} node */
      ForOfStatement(node) {
        if (node.await) context.report({ node, message });
      },
    };
  },
};

/** @param {any} node */
function isInsideFunction(node) {
  for (let at = node.parent; at; at = at.parent) {
    if (/Function/.test(at.type)) return true;
  }
  return false;
}

/**
 * State of a module outlives a run, and so makes the second run differ from the first: no `let` or `var` at
 * the top of a file, no `static` field that can change, and no collection that starts empty (it can only be
 * there to be filled), unless its type says that it stays so.
 */
const noModuleState = {
  /** @param {any} context */
  create(context) {
    const message =
      "State at the top of a module outlives a run: put it into the state that is handed around.";
    return {
      /** @param {any} node */
      VariableDeclaration(node) {
        const top =
          node.parent.type === "ExportNamedDeclaration" ? node.parent.parent : node.parent;
        if (top.type !== "Program" || node.declare) return;
        if (node.kind !== "const") {
          context.report({ node, message });
          return;
        }
        for (const declarator of node.declarations) {
          if (isEmptyCollection(declarator.init) && !isReadonly(declarator.id)) {
            context.report({ node: declarator, message });
          }
        }
      },
      /** @param {any} node */
      PropertyDefinition(node) {
        if (node.static && (!node.readonly || isEmptyCollection(node.value))) {
          context.report({ node, message });
        }
      },
    };
  },
};

/** @param {any} init */
function isEmptyCollection(init) {
  return (
    init?.type === "NewExpression" &&
    /^(Weak)?(Map|Set)$/.test(init.callee.name ?? "") &&
    init.arguments.length === 0
  );
}

/** @param {any} id */
function isReadonly(id) {
  return (id.typeAnnotation?.typeAnnotation?.typeName?.name ?? "").startsWith("Readonly");
}

export default {
  meta: { name: "determinism" },
  rules: {
    "exact-math": exactMath,
    "exact-power": exactPower,
    "no-dynamic-import": noDynamicImport,
    "no-for-in": noForIn,
    "no-module-state": noModuleState,
    "no-top-level-await": noTopLevelAwait,
  },
};
