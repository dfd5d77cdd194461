#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Guards the house rule about co_await that g++ 12.2 forces on us.

That compiler destroys temporaries twice when a statement with co_await also holds a lambda with captures, a braced
aggregate argument or, among its arguments, `?:`: no warning, just a double free at run time. The cure is a named local
that is moved into the call. This script finds the three forms in every .cpp and .hpp file; `--self-test` proves that it does, and a normal run does
the self-test first, so a broken checker cannot pass in silence.
"""
import pathlib
import re
import sys

TOKEN = re.compile(r"""
    (?P<skip>//[^\n]*|/\*.*?\*/|^[ \t]*\#(?:[^\n\\]|\\.)*)
  | (?P<raw>(?:u8|[uUL])?R"(?P<mark>[^()\\ \t\n]{0,16})\(.*?\)(?P=mark)")
  | (?P<text>(?:u8|[uUL])?"(?:[^"\\\n]|\\.)*"|(?<![0-9A-Za-z_])'(?:[^'\\\n]|\\.)+')
  | (?P<word>[A-Za-z_]\w*)
  | (?P<number>\.?\d(?:'?[\w.])*)
  | (?P<mark2>->|::|.)
""", re.VERBOSE | re.DOTALL | re.MULTILINE)
CLOSES = {")": "(", "]": "[", "}": "{"}


def tokens_of(text):
    """(text, line) of every token; comments and preprocessor lines are gone, literals are one token."""
    line = 1
    result = []
    for match in TOKEN.finditer(text):
        token = match[0]
        if match["raw"] or match["text"]:
            result.append(('""', line))
        elif not match["skip"] and not token.isspace():
            result.append((token, line))
        line += token.count("\n")
    return result


def partner_table(tokens):
    """Index of the matching bracket for every bracket."""
    partner, stack = {}, []
    for index, (token, _) in enumerate(tokens):
        if token in "([{":
            stack.append(index)
        elif token in CLOSES and stack:
            partner[index] = stack.pop()
            partner[partner[index]] = index
    return partner


def is_lambda(tokens, index):
    """True when the `[` at `index` opens a lambda and not a subscript, an attribute or an array bound."""
    before = tokens[index - 1][0] if index else ";"
    after = tokens[index + 1][0] if index + 1 < len(tokens) else ""
    if before in (")", "]", '""') or after == "[" or before == "[":
        return False
    return before in ("return", "co_return", "co_await", "co_yield") or not re.match(r"\w", before)


def scan(tokens, partner, index):
    """Problems in the statement of the co_await at `index`."""
    found = []
    # Forwards, to the end of the statement.
    position, depth = index + 1, 0
    while position < len(tokens):
        token = tokens[position][0]
        if token == ";" or (token == "}" and partner.get(position, -1) < index and depth <= 0):
            break
        if token == "(":
            depth += 1
        elif token == ")":
            depth -= 1
        elif token == "?" and depth > 0:
            found.append((tokens[position][1], "?: in an argument"))
        elif token == "[" and is_lambda(tokens, position):
            end = partner.get(position, position)
            if end > position + 1:
                found.append((tokens[position][1], "lambda with captures"))
            position = end
        elif token == "{":
            before = tokens[position - 1][0]
            if before == ")" and depth < 0:
                break  # the block of if, while, for or switch
            if before not in (")", "]", "mutable", "noexcept") and not after_trailing_return(tokens, position):
                found.append((tokens[position][1], "braced argument"))
            position = partner.get(position, position)
        position += 1
    # Backwards, to its beginning: an earlier argument of the same call.
    position = index - 1
    while position > 0:
        token = tokens[position][0]
        if token in (";", "{"):
            break
        if token == "}":
            if tokens[position + 1][0] not in (",", ")", "."):
                break
            position = partner.get(position, position)
            before = tokens[position - 1][0]
            if before in (")", "]") or after_trailing_return(tokens, position):
                position = partner.get(position - 1, position - 1)
                if tokens[position - 1][0] == "]":
                    position = partner.get(position - 1, position - 1)
                if tokens[position][0] == "[" and tokens[position + 1][0] != "]":
                    found.append((tokens[position][1], "lambda with captures"))
            else:
                found.append((tokens[position][1], "braced argument"))
        position -= 1
    return found


def after_trailing_return(tokens, position):
    """True when the `{` at `position` follows `-> Type` of a lambda."""
    for back in range(position - 1, max(position - 24, 0), -1):
        token = tokens[back][0]
        if token == "->":
            return tokens[back - 1][0] in (")", "mutable", "noexcept")
        if token in "(){};,":
            return False
    return False


def check_text(text):
    tokens = tokens_of(text)
    partner = partner_table(tokens)
    problems = set()
    for index, (token, _) in enumerate(tokens):
        if token == "co_await":
            problems.update(scan(tokens, partner, index))
    return sorted(problems)


GOOD = """
co_await f(std::move(local)); co_await g(a[1], b(c)); auto x = co_await h("T{1}", 'c', 1'000);
if (auto r = co_await f(a); !r) { co_return fail(E{1}); }
while (co_await f()) { use(T{1}); }
spawn([self]() -> Task<void> { co_await f(); }); run([x] { return T{x}; });
auto y = co_await f([](int v) { return v + 1; }); auto z = co_await f([]() -> int { return 1; });
// co_await f(T{1});
T t{1}; co_await f(t); for (auto v : co_await f(a)) { g({v}); }
auto b = co_await f(a) ? c : d; if (co_await f(a)) { g(a ? b : c); }
auto s = R"(co_await f(T{1}))"; switch (co_await f()) { case 1: break; }
"""
BAD = [
    ("co_await f(T{1, 2});", "braced argument"),
    ("co_await f({.a = 1, .b = 2});", "braced argument"),
    ("auto r = co_await f(a, std::vector<int>{});", "braced argument"),
    ("co_await f([x] { return x; });", "lambda with captures"),
    ("co_await f([x = std::move(y)](int a) { return a + x; });", "lambda with captures"),
    ("if (auto r = co_await f(a, T{1}); !r) { g(); }", "braced argument"),
    ("while (co_await f([&a] { return a; })) { g(); }", "lambda with captures"),
    ("h(T{1}, co_await f(a));", "braced argument"),
    ("h([x] { return x; }, co_await f(a));", "lambda with captures"),
    ("h([x](int a) { return x; }, co_await f(a));", "lambda with captures"),
    ("co_await\n  f(a,\n    T{1});", "braced argument"),
    ("co_return co_await T{1}.run();", "braced argument"),
    ("co_await f(a ? std::string(b) : std::string(c));", "?: in an argument"),
    ("auto r = co_await (a ? f(b) : g(b));", "?: in an argument"),
]


def self_test():
    failures = [f"good code refused: {problem}" for problem in check_text(GOOD)]
    for code, expected in BAD:
        kinds = [kind for _, kind in check_text(code)]
        if kinds != [expected]:
            failures.append(f"{code!r}: found {kinds}, expected {expected}")
    for failure in failures:
        print("check_coawait self-test: " + failure, file=sys.stderr)
    return not failures


def main():
    if not self_test():
        return 1
    if sys.argv[1:] == ["--self-test"]:
        print(f"check_coawait: self-test passed ({len(BAD)} bad forms found)")
        return 0
    root = pathlib.Path(__file__).resolve().parent.parent
    given = [pathlib.Path(name) for name in sys.argv[1:]]
    files = given or [p for top in ("include", "src", "tests") for p in sorted((root / top).rglob("*.[ch]pp"))]
    count = 0
    for file in files:
        for line, kind in check_text(file.read_text(encoding="utf-8")):
            count += 1
            print(f"{file}:{line}: {kind} in a statement with co_await: make it a named local first (g++ 12 bug)",
                  file=sys.stderr)
    print(f"check_coawait: {len(files)} files, {count} violations")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
