// Reads lines of JSON, {engine, chart, sent}, and answers each with a line: the engine's result or {error}.
// An engine that runs a chart returns [taken, status] for the start and for every event sent.
// Mermaid returns the parts of its drawing. AsyncAPI takes no chart; it reads an AsyncAPI document.

import { createInterface } from "node:readline";
import { fromFile, Parser as AsyncAPIParser } from "@asyncapi/parser";
import scion from "@scion-scxml/scxml";
import { JSDOM } from "jsdom";
import { createActor, setup } from "xstate";

// Mermaid cleans every text with DOMPurify, which needs a browser's window when it is imported.
globalThis.window = new JSDOM("").window;
const { default: mermaid } = await import("mermaid");

const compiled = new Map();

async function once(chart, compile) {
  if (!compiled.has(chart)) compiled.set(chart, await compile(chart));
  return compiled.get(chart);
}

// The guards as the documentation of ``to_xstate`` defines them.
const asks = ({ event }, asked) => Object.entries(asked).every(([name, answer]) => event[name] === answer);
const guards = { consent_complete: asks, consent_incomplete: asks, silence_deadline_passed: asks };

const engines = {
  async XState(chart, sent) {
    const machine = await once(chart, () => setup({ guards }).createMachine(JSON.parse(chart)));
    const actor = createActor(machine).start();
    const answers = [[true, actor.getSnapshot().value]];
    for (const { name, data } of sent) {
      const event = { type: name, ...data };
      const taken = actor.getSnapshot().can(event);
      actor.send(event);
      answers.push([taken, actor.getSnapshot().value]);
    }
    return answers;
  },

  async SCION(chart, sent) {
    const model = await once(chart, async () => {
      const document = await new Promise((resolve, reject) =>
        scion.documentStringToModel("chart.scxml", chart, (error, read) => (error ? reject(error) : resolve(read))),
      );
      return new Promise((resolve, reject) =>
        document.prepare((error, prepared) => (error ? reject(error) : resolve(prepared))),
      );
    });
    const run = new scion.core.Statechart(model);
    const answers = [[true, ...run.start()]];
    let taken;
    run.on("onTransition", () => (taken = true));
    for (const event of sent) {
      taken = false;
      run.gen(event);
      answers.push([taken, ...run.getConfiguration()]);
    }
    return answers;
  },

  async Mermaid(chart) {
    await mermaid.parse(chart);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(chart);
    const boxes = [...db.getStates()].map(([id, { descriptions }]) => [id, descriptions]);
    const arrows = db.getRelations().map(({ id1, id2, relationTitle }) => [id1, id2, relationTitle]);
    return { boxes, arrows };
  },

  // It takes the path of the document, since the document refers to files beside it.
  async AsyncAPI(path) {
    const { document, diagnostics } = await fromFile(new AsyncAPIParser(), path).parse();
    const names = (messages) => messages.all().map((message) => message.name());
    const channels = document?.channels().all().map((channel) => [channel.id(), names(channel.messages())]);
    return { diagnostics: diagnostics.map(({ message }) => message), channels };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { engine, chart, sent } = JSON.parse(line);
  const answer = await engines[engine](chart, sent).catch((error) => ({ error: error.message }));
  console.log(JSON.stringify(answer));
}
