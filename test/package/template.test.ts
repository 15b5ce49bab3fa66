import { beforeAll, describe, expect, test } from 'vitest'
import { loadSettings } from '../../src/settings.ts'
import { packaged, type Resource, settingDefaults, type Template } from './packaged.ts'

let template: Template

beforeAll(async () => {
  template = (await packaged()).template
}, 60_000)

const ofType = (type: string): [string, Resource][] =>
  Object.entries(template.Resources).filter(([, { Type }]) => Type === type)

const functionNames = ['Csp', 'KeepAlive', 'Login', 'Polling', 'Sweep']
const functionOf = (name: string) => template.Resources[`${name}LambdaFunction`]!.Properties

interface Statement {
  Effect: string
  Action: string | string[]
  Resource: unknown
}

const statementsOf = (role: Resource): Statement[] =>
  role.Properties.Policies.flatMap(
    ({ PolicyDocument }: { PolicyDocument: { Statement: Statement[] } }) => PolicyDocument.Statement,
  )

const actionsOf = (role: Resource): string[] => statementsOf(role).flatMap(({ Action }) => Action)

describe('the table', () => {
  const table = () => template.Resources.Table!

  test('has the keys and the index that the store uses', () => {
    expect(table().Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'sweep',
          KeySchema: [
            { AttributeName: 'sweepShard', KeyType: 'HASH' },
            { AttributeName: 'sweepAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    })
  })

  test('defines the attributes of its keys and no other, as DynamoDB demands', () => {
    expect(table().Properties.AttributeDefinitions).toEqual([
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
      { AttributeName: 'sweepShard', AttributeType: 'S' },
      { AttributeName: 'sweepAt', AttributeType: 'N' },
    ])
  })

  test('removes what expired', () => {
    expect(table().Properties.TimeToLiveSpecification).toEqual({ AttributeName: 'expiresAt', Enabled: true })
  })

  test('is kept when the stack is removed, cannot be deleted by accident, and can be restored', () => {
    expect(table()).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
    expect(table().Properties).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    })
  })

  test('has a name that CloudFormation chooses, so that a kept one is not in the way of a new stack', () => {
    expect(table().Properties).not.toHaveProperty('TableName')
  })
})

describe('the functions', () => {
  test('are five', () => {
    expect(
      ofType('AWS::Lambda::Function')
        .map(([id]) => id)
        .sort(),
    ).toEqual(functionNames.map((name) => `${name}LambdaFunction`))
  })

  test.for(functionNames)('%s runs on Node 24 on arm64 and logs JSON', (name) => {
    expect(functionOf(name)).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN', ApplicationLogLevel: 'INFO' },
    })
  })

  test.for(functionNames)('%s has a log group with an end', (name) => {
    expect(template.Resources[`${name}LogGroup`]).toMatchObject({
      Type: 'AWS::Logs::LogGroup',
      Properties: { LogGroupName: `/aws/lambda/${functionOf(name).FunctionName}`, RetentionInDays: 14 },
    })
  })

  test('have memory and time where passwords are checked', () => {
    for (const name of ['Csp', 'Login']) expect(functionOf(name)).toMatchObject({ MemorySize: 512, Timeout: 15 })
  })

  test('answer before API Gateway gives up after 30 s', () => {
    for (const name of functionNames.filter((each) => each !== 'Sweep')) {
      expect(functionOf(name).Timeout).toBeLessThan(29)
    }
  })
})

describe('the roles', () => {
  test('are one a function', () => {
    const used = functionNames.map((name) => functionOf(name).Role)
    expect(used).toEqual(functionNames.map((name) => ({ 'Fn::GetAtt': [`${name}Role`, 'Arn'] })))
    expect(
      ofType('AWS::IAM::Role')
        .map(([id]) => id)
        .sort(),
    ).toEqual(functionNames.map((name) => `${name}Role`))
  })

  test('allow no action by pattern and nothing on everything', () => {
    for (const [id, role] of ofType('AWS::IAM::Role')) {
      expect(role.Properties, id).not.toHaveProperty('ManagedPolicyArns')
      for (const { Effect, Action, Resource } of statementsOf(role)) {
        expect(Effect).toBe('Allow')
        for (const action of [Action].flat()) expect(action, id).toMatch(/^[a-z]+:[A-Za-z]+$/)
        expect(JSON.stringify(Resource), id).not.toContain('*')
      }
    }
  })

  test('have exactly the actions that each function needs', () => {
    const logs = ['logs:CreateLogStream', 'logs:PutLogEvents']
    const table = ['DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'].map((action) => `dynamodb:${action}`)
    const actions = Object.fromEntries(
      functionNames.map((name) => [name, actionsOf(template.Resources[`${name}Role`]!).sort()]),
    )
    expect(actions).toEqual({
      Csp: [...table, ...logs, 'ssm:GetParameter'].sort(),
      Login: [...table, ...logs, 'ssm:GetParameter'].sort(),
      KeepAlive: [...table, ...logs].sort(),
      Polling: [...table, ...logs].sort(),
      // Twice: on the table and on the index.
      Sweep: [...table, ...logs, 'dynamodb:Query'].sort(),
    })
  })

  test('let a function write to its own log group only', () => {
    for (const name of functionNames) {
      const [logs] = statementsOf(template.Resources[`${name}Role`]!).filter(({ Action }) =>
        Action.includes('logs:PutLogEvents'),
      )
      expect(logs!.Resource).toEqual({ 'Fn::GetAtt': [`${name}LogGroup`, 'Arn'] })
    }
  })

  test('let read the one parameter that the functions are told of', () => {
    const parameter = functionOf('Csp').Environment.Variables.IMPS_SEALING_KEY_PARAMETER
    expect(parameter).toMatch(/^\/[\w/-]+$/)
    for (const name of ['Csp', 'Login']) {
      const [key] = statementsOf(template.Resources[`${name}Role`]!).filter(
        ({ Action }) => Action === 'ssm:GetParameter',
      )
      expect(key!.Resource).toEqual({
        'Fn::Sub': `arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter${parameter}`,
      })
    }
  })
})

describe('the environment', () => {
  /** What the service reads where it does not run in Lambda. */
  const local = ['IMPS_DATA_DIR', 'IMPS_DYNAMODB_ENDPOINT', 'IMPS_DYNAMODB_PORT', 'IMPS_PORT', 'IMPS_SEALING_KEY_FILE']

  test.for(functionNames)('of %s has every setting of the service and no other', (name) => {
    const known = Object.keys(loadSettings({}).effective).filter((each) => !local.includes(each))
    expect(Object.keys(functionOf(name).Environment.Variables).sort()).toEqual(known.sort())
  })

  test('has the defaults of the service', () => {
    const imps = Object.entries(settingDefaults()).filter(([name]) => name.startsWith('IMPS_'))
    const { settings, warnings } = loadSettings(Object.fromEntries(imps))
    expect(settings).toEqual(loadSettings({}).settings)
    expect(warnings).toEqual([])
  })

  test('has no secret', () => {
    for (const name of functionNames) {
      for (const [key, value] of Object.entries(functionOf(name).Environment.Variables)) {
        expect(key).not.toMatch(/SECRET|PASSWORD|TOKEN|CREDENTIAL|KEY$/)
        // Nothing as long and as random as a key; a name or an address has other characters than these.
        if (typeof value === 'string') expect(value, key).not.toMatch(/[A-Za-z0-9+=]{24,}/)
      }
    }
  })

  test('names the table of the stack', () => {
    expect(functionOf('Csp').Environment.Variables.IMPS_TABLE).toEqual({
      'Fn::If': ['HasOwnTable', { Ref: 'Table' }, expect.any(String)],
    })
  })
})

describe('the API', () => {
  test('is throttled at its default stage', () => {
    const [[, stage] = []] = ofType('AWS::ApiGatewayV2::Stage')
    expect(stage!.Properties).toMatchObject({ StageName: '$default', AutoDeploy: true })
    const { ThrottlingRateLimit, ThrottlingBurstLimit } = stage!.Properties.DefaultRouteSettings
    expect(Number(ThrottlingRateLimit)).toBeGreaterThan(0)
    expect(Number(ThrottlingBurstLimit)).toBeGreaterThanOrEqual(Number(ThrottlingRateLimit))
  })

  test('brings each route to its function, with payload 2.0', () => {
    const routes = ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => {
      const [, [, { Ref: id }]] = Properties.Target['Fn::Join']
      const integration = template.Resources[id]!.Properties
      expect(integration.PayloadFormatVersion).toBe('2.0')
      return [Properties.RouteKey, integration.IntegrationUri['Fn::GetAtt'][0]]
    })
    expect(Object.fromEntries(routes)).toEqual({
      $default: 'CspLambdaFunction',
      'POST /csp/login': 'LoginLambdaFunction',
      'POST /csp/keepalive': 'KeepAliveLambdaFunction',
      'POST /csp/polling': 'PollingLambdaFunction',
    })
  })
})

test('the sweeper runs every minute, and a run that failed is not repeated', () => {
  const [[, rule] = []] = ofType('AWS::Events::Rule')
  expect(rule!.Properties).toMatchObject({
    ScheduleExpression: 'rate(1 minute)',
    State: 'ENABLED',
    Targets: [{ Arn: { 'Fn::GetAtt': ['SweepLambdaFunction', 'Arn'] } }],
  })
  const [[, retries] = []] = ofType('AWS::Lambda::EventInvokeConfig')
  expect(retries!.Properties).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 })
})

test('there is an alarm for every trouble, to the topic if there is one', () => {
  const alarms = Object.fromEntries(ofType('AWS::CloudWatch::Alarm'))
  expect(Object.keys(alarms).sort()).toEqual([
    'ApiErrorsAlarm',
    'FunctionThrottlesAlarm',
    'ServerErrorsAlarm',
    'SweepLagAlarm',
    'TableThrottlesAlarm',
  ])
  for (const { Properties } of Object.values(alarms)) {
    expect(Properties.AlarmActions).toEqual({
      'Fn::If': ['HasAlarmTopic', [expect.any(String)], { Ref: 'AWS::NoValue' }],
    })
  }
  expect(alarms.SweepLagAlarm!.Properties).toMatchObject({
    Namespace: 'Village',
    MetricName: 'SweepLag',
    Threshold: 180,
  })
})

test('the outputs tell the address for the phone, the table and the parameter of the key', () => {
  expect(template.Outputs).toMatchObject({ Url: {}, TableName: {}, SealingKeyParameter: {} })
})

test('everything that is referred to exists', () => {
  const names = new Set([...Object.keys(template.Resources), ...Object.keys(template.Conditions)])
  const missing = references(template).filter((name) => !name.startsWith('AWS::') && !names.has(name))
  expect(missing).toEqual([])
})

/** The logical names in `Ref`, `Fn::GetAtt`, `Fn::If`, `Fn::Sub` (without a list of its own) and `DependsOn`. */
function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref' || key === 'Condition') return typeof inner === 'string' ? [inner] : references(inner)
    if (key === 'DependsOn') return [inner].flat() as string[]
    if (key === 'Fn::GetAtt') return [inner[0] as string]
    if (key === 'Fn::If') return [inner[0] as string, ...references(inner.slice(1))]
    if (key === 'Fn::Sub' && typeof inner === 'string') {
      return [...inner.matchAll(/\$\{([\w:]+)(?:\.\w+)?\}/g)].map(([, name]) => name!)
    }
    return references(inner)
  })
}
