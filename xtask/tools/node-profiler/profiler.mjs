// The profiler as a Node function would be written: the same record from the same table, the same answer.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';

const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const TIERS = [
  { height: 2160, width: 3840 },
  { height: 1080, width: 1920 },
  { height: 720, width: 1280 },
];

export async function handler({ guid }) {
  const key = { TableName: process.env.WORKFLOW_TABLE, Key: { guid }, ConsistentRead: true };
  const { Item: record } = await table.send(new GetCommand(key));
  if (!record) throw new Error(`there is no record of the workflow ${guid}`);
  const video = JSON.parse(record.srcMediainfo).video[0];
  const [long, short] = [Math.max(video.width, video.height), Math.min(video.width, video.height)];
  const tier = TIERS.find(({ width, height }) => long >= width || short >= height) ?? TIERS.at(-1);
  console.log(JSON.stringify({ guid, message: 'profiled', profile: tier.height }));
  return {
    ...record,
    srcWidth: video.width,
    srcHeight: video.height,
    encodingProfile: tier.height,
    jobTemplate: process.env[`JOB_TEMPLATE_${tier.height}P`],
    isCustomTemplate: false,
    frameCaptureWidth: Math.min(video.width, tier.width),
    frameCaptureHeight: Math.min(video.height, tier.height),
  };
}
