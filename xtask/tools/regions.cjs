// Prints which regions an account has from the start and which it has to enable, as the CDK knows it.
const { RegionInfo } = require("@aws-cdk/region-info");

const access = RegionInfo.regions.map((region) => [region.name, region.isOptInRegion ? "opt-in" : "default"]);
process.stdout.write(JSON.stringify(Object.fromEntries(access)));
