/** What PostgreSQL said when it refused a statement, with the field names of node-postgres. */
export interface SqlErrorFields {
  message: string;
  /** SQLSTATE, five characters. */
  code?: string | undefined;
  severity?: string | undefined;
  detail?: string | undefined;
  hint?: string | undefined;
  position?: string | undefined;
  where?: string | undefined;
  schema?: string | undefined;
  table?: string | undefined;
  column?: string | undefined;
  dataType?: string | undefined;
  constraint?: string | undefined;
}

const FIELDS = [
  'code',
  'severity',
  'detail',
  'hint',
  'position',
  'where',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
] as const;

/** A statement refused by the embedded database; the same fields as the error of node-postgres. */
export class SqlError extends Error {
  readonly code: string | undefined;
  readonly severity: string | undefined;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly position: string | undefined;
  readonly where: string | undefined;
  readonly schema: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  readonly dataType: string | undefined;
  readonly constraint: string | undefined;

  constructor(fields: SqlErrorFields) {
    super(fields.message);
    this.name = 'SqlError';
    this.code = fields.code;
    this.severity = fields.severity;
    this.detail = fields.detail;
    this.hint = fields.hint;
    this.position = fields.position;
    this.where = fields.where;
    this.schema = fields.schema;
    this.table = fields.table;
    this.column = fields.column;
    this.dataType = fields.dataType;
    this.constraint = fields.constraint;
  }
}

/** The fields of any error shaped like PostgreSQL's, without its prototype: for sending between processes. */
export function sqlErrorFields(error: SqlErrorFields): SqlErrorFields {
  const fields: SqlErrorFields = { message: error.message };
  for (const name of FIELDS) {
    if (error[name] !== undefined) fields[name] = error[name];
  }
  return fields;
}

/** PostgreSQL answers the COMMIT of a transaction in which a statement failed with a rollback, and no error. */
export function abortedError(): SqlError {
  return new SqlError({
    message: 'the transaction was rolled back: a statement in it had failed, and the failure was passed over',
    code: '25P02',
  });
}
