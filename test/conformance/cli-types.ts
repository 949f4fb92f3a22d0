// Types of the corpus: applications and their commands as data.
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type ParamType =
  | string
  | { choice: string[] }
  | { intrange: object }
  | { floatrange: object }
  | { path: { exists?: boolean; file_okay?: boolean } };

export interface Param {
  argument?: string;
  option?: string[];
  nargs?: number;
  type?: ParamType;
  default?: Json;
  required?: boolean;
  envvar?: string | string[];
  show_envvar?: boolean;
  show_default?: boolean | string;
  help?: string;
  hidden?: boolean;
  metavar?: string;
  is_flag?: boolean;
  flag_value?: string;
  count?: boolean;
  multiple?: boolean;
  prompt?: boolean | string;
  hide_input?: boolean;
  confirmation_prompt?: boolean;
  confirmation_option?: number;
}

export interface CommandSpec {
  name: string;
  doc?: string;
  help?: string;
  short_help?: string;
  hidden?: boolean;
  deprecated?: boolean;
  epilog?: string;
  no_args_is_help?: boolean;
  add_help_option?: boolean;
  context_settings?: { help_option_names?: string[]; default_map?: Record<string, Json> };
  params?: Param[];
  do?: Record<string, Json>[];
  commands?: CommandSpec[];
  invoke_without_command?: boolean;
  chain?: boolean;
}

export interface RouteSpec {
  rule: string;
  endpoint: string;
  methods?: string[];
  host?: string;
  subdomain?: string;
  defaults?: Record<string, Json>;
}

export interface BlueprintSpec {
  name: string;
  url_prefix?: string;
  cli_group?: string | null;
  register?: { name?: string; cli_group?: string | null };
  routes?: RouteSpec[];
  commands?: CommandSpec[];
  blueprints?: BlueprintSpec[];
}

export interface AppSpec {
  static?: boolean;
  host_matching?: boolean;
  subdomain_matching?: boolean;
  config?: Record<string, Json>;
  routes?: RouteSpec[];
  commands?: CommandSpec[];
  blueprints?: BlueprintSpec[];
}
