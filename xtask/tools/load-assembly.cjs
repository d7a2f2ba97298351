// Loads each cloud assembly given as an argument with the CDK's own loader, which checks it against the JSON Schema.
const { readdirSync } = require("node:fs");
const { join } = require("node:path");
const { Manifest } = require("@aws-cdk/cloud-assembly-schema");

for (const assembly of process.argv.slice(2)) {
  Manifest.loadAssemblyManifest(join(assembly, "manifest.json"));
  for (const file of readdirSync(assembly).filter((name) => name.endsWith(".assets.json"))) {
    Manifest.loadAssetManifest(join(assembly, file));
  }
}
