# upload FILE KEY REGION: puts a file into `bucket` unless it is there.
upload() {
  if aws s3api head-object --bucket "$bucket" --key "$2" --region "$3" >/dev/null 2>&1; then return; fi
  if [ ! -f "$1" ]; then
    echo "$1 is missing: \`vod package\` builds it" >&2
    exit 1
  fi
  echo "uploading $1"
  aws s3 cp --only-show-errors --region "$3" "$1" "s3://$bucket/$2"
}

# output STACK NAME REGION: one output of a stack.
output() {
  aws cloudformation describe-stacks --stack-name "$1" --region "$3" \
    --query "Stacks[0].Outputs[?OutputKey=='$2'].OutputValue" --output text
}

# status STACK REGION: its status; nothing where there is no stack.
status() {
  aws cloudformation describe-stacks --stack-name "$1" --region "$2" \
    --query 'Stacks[0].StackStatus' --output text 2>/dev/null || true
}

# refused STACK REGION: whether the newest change set was refused, and why: since November 2025 the reason that
# CloudFormation gives for that names a validation and no resource.
refused() {
  set=$(aws cloudformation list-change-sets --stack-name "$1" --region "$2" --output text --query \
    "sort_by(Summaries, &CreationTime)[-1:] | [?Status=='FAILED'].ChangeSetId | [0]" 2>/dev/null) || return 1
  case $set in "" | None) return 1 ;; esac
  echo "what CloudFormation refuses in $1:" >&2
  if ! aws cloudformation describe-events --change-set-name "$set" --region "$2" --filters FailedEvents=true \
    --output text --query "OperationEvents[].[LogicalResourceId || '', ResourceType || '',
      ValidationStatusReason || HookStatusReason || ResourceStatusReason || '', ValidationPath || '']" \
    >"$work/refused" 2>"$work/errors"; then
    tail -n 1 "$work/errors" >&2
    echo "ask again with an AWS CLI of 2026 and the permission cloudformation:DescribeEvents:" >&2
    echo "  aws cloudformation describe-events --change-set-name $set --region $2" >&2
  fi
  cat "$work/refused" >&2
}

# show_changes STACK REGION OPTION...: makes a change set, prints what it would do, and removes it.
show_changes() {
  stack=$1
  region=$2
  shift 2
  case $(status "$stack" "$region") in
  "" | REVIEW_IN_PROGRESS | ROLLBACK_COMPLETE)
    echo "$stack is a new stack"
    return
    ;;
  esac
  if ! aws cloudformation deploy --stack-name "$stack" --region "$region" --no-execute-changeset "$@" >"$work/output"; then
    refused "$stack" "$region" || true
    exit 1
  fi
  set=$(sed -n 's/.*--change-set-name *//p' "$work/output")
  if [ -z "$set" ]; then
    echo "$stack: no difference"
    return
  fi
  aws cloudformation describe-change-set --change-set-name "$set" --region "$region" --output text \
    --query 'Changes[].ResourceChange.[Action,LogicalResourceId,ResourceType,Replacement]'
  aws cloudformation delete-change-set --change-set-name "$set" --region "$region"
}

# change STACK REGION OPTION...: creates or updates a stack and prints its outputs, or what failed first, and why.
change() {
  stack=$1
  region=$2
  shift 2
  if [ "$(status "$stack" "$region")" = ROLLBACK_COMPLETE ]; then
    echo "removing $stack, whose creation failed"
    aws cloudformation delete-stack --stack-name "$stack" --region "$region"
    aws cloudformation wait stack-delete-complete --stack-name "$stack" --region "$region"
  fi
  last=$(aws cloudformation describe-stack-events --stack-name "$stack" --region "$region" --max-items 1 \
    --query 'StackEvents[0].Timestamp' --output json 2>/dev/null | tr -d '"')
  if ! aws cloudformation deploy --stack-name "$stack" --region "$region" "$@"; then
    if refused "$stack" "$region"; then exit 1; fi
    echo "what failed first in $stack:" >&2
    aws cloudformation describe-stack-events --stack-name "$stack" --region "$region" --output json >&2 --query \
      "reverse(StackEvents[?Timestamp>'$last' && ends_with(ResourceStatus, '_FAILED')])[0].join(' ', [
        LogicalResourceId, ResourceType, ResourceStatus, ResourceStatusReason || ''])"
    exit 1
  fi
  aws cloudformation describe-stacks --stack-name "$stack" --region "$region" \
    --query 'Stacks[0].Outputs[].[OutputKey,OutputValue]' --output text
}

# go STACK REGION OPTION...: what was asked for.
go() {
  if [ "$difference" ]; then show_changes "$@"; else change "$@"; fi
}
