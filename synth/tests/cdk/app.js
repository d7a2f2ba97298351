// What wrote `assembly/` with aws-cdk-lib 2.276.0 and constructs 10.8.1; the construct tree, the files of metadata and most
// of the flags of the feature report are left out.
const cdk = require("aws-cdk-lib");
const assets = require("aws-cdk-lib/aws-s3-assets");
const lambda = require("aws-cdk-lib/aws-lambda");
const s3 = require("aws-cdk-lib/aws-s3");

const app = new cdk.App({ outdir: "assembly", context: { "aws:cdk:version-reporting": false } });

const storage = new cdk.Stack(app, "Storage", { tags: { Team: "media" } });
const uploads = new s3.Bucket(storage, "Uploads");
new cdk.CfnParameter(storage, "Stage", { default: "test" });

const resize = new cdk.Stack(app, "Resize", { stackName: "resize-pictures", terminationProtection: true });
const address = new cdk.CfnParameter(resize, "Address");
const handler = new lambda.Function(resize, "Function", {
  runtime: lambda.Runtime.NODEJS_22_X,
  handler: "index.handler",
  code: lambda.Code.fromAsset("code"), // index.js
  environment: { ADDRESS: address.valueAsString },
});
uploads.grantRead(handler);
new assets.Asset(resize, "Data", { path: "data.json" });
new cdk.CfnOutput(resize, "FunctionName", { value: handler.functionName });

new s3.Bucket(new cdk.Stack(new cdk.Stage(app, "Prod"), "Inner"), "B");

app.synth();
