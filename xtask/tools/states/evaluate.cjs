// Evaluates every JSONata expression of state machines over recorded states, and fails where one gives nothing, as Step
// Functions does (States.QueryEvaluationError): `node evaluate.cjs RECORDED MACHINE...`.
//
// Each machine is walked along every way that its states can lead: both ways of a choice, every catch with every shape of
// error, every answer of a function with each member gone that a record may lack.
const { readFileSync } = require("node:fs");
const { basename } = require("node:path");
const jsonata = require("jsonata");

const EXPRESSION = /^\{%([\s\S]*)%\}$/;

// What Step Functions gives a catcher; the specification promises no cause.
const ERRORS = [
  { Error: "InvalidMedia", Cause: '{"errorType":"InvalidMedia","errorMessage":"no track"}' },
  { Error: "States.Timeout", Cause: "" },
  { Error: "Sandbox.Timedout" },
  { Error: "Lambda.Unknown", Cause: null },
];

const CONTEXT = {
  Execution: {
    Id: "arn:aws:states:us-east-1:123456789012:execution:vod-ingest:5d8c",
    Name: "5d8c",
    Input: {},
    StartTime: "2026-01-02T03:04:05.000Z",
  },
  State: { EnteredTime: "2026-01-02T03:04:05.000Z", Name: "a state", RetryCount: 0 },
  StateMachine: { Id: "arn:aws:states:us-east-1:123456789012:stateMachine:vod-ingest", Name: "vod-ingest" },
};

const compiled = new Map();

// One expression's value; a number that no JSON holds and nothing at all are errors.
async function evaluate(text, states) {
  if (!compiled.has(text)) compiled.set(text, jsonata(text));
  const value = await compiled.get(text).evaluate(undefined, { states });
  if (value === undefined) throw new Error("gives nothing");
  return JSON.parse(JSON.stringify(value));
}

// A field with all of its expressions evaluated.
async function fill(field, states, problem) {
  if (typeof field === "string") {
    const expression = EXPRESSION.exec(field);
    if (!expression) return field;
    try {
      return await evaluate(expression[1], states);
    } catch (error) {
      problem(expression[1].trim(), error.message);
      return null;
    }
  }
  if (Array.isArray(field)) return Promise.all(field.map((item) => fill(item, states, problem)));
  if (field && typeof field === "object") {
    const members = Object.entries(field).map(async ([name, item]) => [name, await fill(item, states, problem)]);
    return Object.fromEntries(await Promise.all(members));
  }
  return field;
}

// A value, and the same without each member that may be missing, and without all of those at once.
function shapes({ value, required }) {
  const optional = Object.keys(value).filter((name) => !required.includes(name));
  const without = (names) => Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
  return [value, ...optional.map((name) => without([name])), without(optional)];
}

async function check(file, recorded, report) {
  const machine = JSON.parse(readFileSync(file, "utf8"));
  const name = basename(file).replace(/\.asl\.json$/, "");
  const inputs = recorded.inputs[name];
  if (!inputs) throw new Error(`${name} has no recorded input`);
  const answers = shapes(recorded.record);
  const met = new Set();
  const left = inputs.flatMap(shapes).map((input) => [machine.StartAt, input]);
  while (left.length > 0) {
    const [at, input] = left.pop();
    const key = `${at} ${JSON.stringify(input)}`;
    if (met.has(key)) continue;
    met.add(key);
    const state = machine.States[at];
    const problem = (expression, message) => report(name, at, expression, message);
    const states = { input, context: CONTEXT };
    switch (state.Type) {
      case "Task": {
        await fill(state.Arguments, states, problem);
        const results = state.Resource.endsWith("lambda:invoke")
          ? answers.map((Payload) => ({ ExecutedVersion: "$LATEST", Payload, StatusCode: 200 }))
          : [{ ExecutionArn: CONTEXT.Execution.Id, StartDate: CONTEXT.Execution.StartTime }];
        for (const result of results) {
          const output = "Output" in state ? await fill(state.Output, { ...states, result }, problem) : result;
          if (state.Next) left.push([state.Next, output]);
        }
        for (const catcher of state.Catch ?? []) {
          for (const errorOutput of ERRORS) {
            const output =
              "Output" in catcher ? await fill(catcher.Output, { ...states, errorOutput }, problem) : errorOutput;
            left.push([catcher.Next, output]);
          }
        }
        break;
      }
      case "Choice":
        for (const rule of state.Choices) {
          const holds = await fill(rule.Condition, states, problem);
          if (typeof holds !== "boolean") problem(rule.Condition, `gives ${JSON.stringify(holds)}, not a boolean`);
          left.push([rule.Next, input]);
        }
        left.push([state.Default, input]);
        break;
      case "Fail":
        for (const field of ["Error", "Cause"]) {
          const text = await fill(state[field], states, problem);
          if (typeof text !== "string") problem(state[field], `gives ${JSON.stringify(text)}, not a text`);
        }
        break;
      case "Pass":
      case "Wait":
      case "Succeed": {
        const output = "Output" in state ? await fill(state.Output, states, problem) : input;
        if (state.Next) left.push([state.Next, output]);
        break;
      }
      default:
        throw new Error(`${at} is a ${state.Type}, which this program does not know`);
    }
  }
  const missed = Object.keys(machine.States).filter((state) => ![...met].some((key) => key.startsWith(`${state} `)));
  if (missed.length > 0) throw new Error(`${name}: no way led to ${missed.join(", ")}`);
  return met.size;
}

async function main() {
  const [recordedFile, ...files] = process.argv.slice(2);
  const recorded = JSON.parse(readFileSync(recordedFile, "utf8"));
  const problems = new Set();
  let states = 0;
  for (const file of files) {
    states += await check(file, recorded, (machine, state, expression, message) =>
      problems.add(`${machine}, ${state}: ${expression} ${message}`),
    );
  }
  for (const problem of problems) console.error(problem);
  if (problems.size > 0) process.exit(1);
  console.log(`${compiled.size} expressions over ${states} states of ${files.length} machines`);
}

main();
