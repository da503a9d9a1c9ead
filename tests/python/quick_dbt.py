"""dbt without what it works out again for every node, though it can't have changed.

Of a run on a few lines nearly all the time goes into dbt's Python, and half of that into what is
remembered here. None of it decides which SQL is run, or what comes of it. `make prove` (by
DURABLE_EVENTS_PLAIN_DBT) and every dbt that a test starts as a process of its own do without.
"""

import os
import re
import threading
from functools import cache

from dbt.adapters.base.impl import BaseAdapter
from dbt.adapters.duckdb.impl import DuckDBAdapter
from dbt.contracts.graph.nodes import ParsedNode
from dbt.tracking import track_behavior_change_warn
from dbt_common.clients import agate_helper
from dbt_common.clients.jinja import BaseMacroGenerator, MacroFuzzEnvironment
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

HEARD_BY_DBT = (EventLevel.WARN, EventLevel.ERROR)


@cache
def make_dbt_quick() -> None:
    """Have the dbt of this process remember, unless plain dbt is asked for; once."""
    if os.environ.get("DURABLE_EVENTS_PLAIN_DBT"):
        return
    log_what_is_read()
    keep_contexts_of_macros()
    keep_compiled_templates()
    keep_columns_of_queries()
    write_no_sql()


def log_what_is_read() -> None:
    """Make an event's message when somebody reads it: thousands of them are logged nowhere."""
    make, get, put = BaseEvent.__init__, BaseEvent.__getattr__, BaseEvent.__setattr__
    fire = EventManager.fire_event

    def made(event: BaseEvent) -> BaseEvent:
        if told := event.__dict__.pop("told", None):
            make(event, *told[0], **told[1])
        return event

    def heard(manager, e, level=None, node=None, force_warn_or_error_handling=False):
        listeners = manager.loggers or {*manager.callbacks} - {track_behavior_change_warn}
        if listeners or force_warn_or_error_handling or (level or e.level_tag()) in HEARD_BY_DBT:
            fire(manager, made(e), level, node, force_warn_or_error_handling)

    BaseEvent.__init__ = lambda event, *args, **kwargs: event.__dict__.update(told=(args, kwargs))
    BaseEvent.__getattr__ = lambda event, key: get(made(event), key)
    BaseEvent.__setattr__ = lambda event, key, value: (
        put(event, key, value) if key == "pb_msg" else put(made(event), key, value)
    )
    EventManager.fire_event = heard


def keep_contexts_of_macros() -> None:
    """Make the context of a macro that dbt itself calls once for each thread of a run."""
    use = BaseAdapter.set_macro_context_generator

    def remembering(adapter: BaseAdapter, generate) -> None:
        kept = threading.local()

        def context(macro, config, manifest, package):
            key = (macro.unique_id, package)
            if key not in kept.__dict__:
                kept.__dict__[key] = generate(macro, config, manifest, package)
            return {**kept.__dict__[key]}

        use(adapter, context)

    BaseAdapter.set_macro_context_generator = remembering


def keep_compiled_templates() -> None:
    """Compile a template once, make a macro once in a context, and a tester of types once."""
    compile_source, make_macro = MacroFuzzEnvironment.compile, BaseMacroGenerator.get_macro
    make_tester, compiled = cache(agate_helper.build_type_tester), {}

    def compile_once(environment, source, *options):
        key = (type(environment), source, *options)
        if key not in compiled:
            compiled[key] = compile_source(environment, source, *options)
        return compiled[key]

    def macro_once(generator):
        if "made" not in generator.__dict__:
            generator.made = make_macro(generator)
        return generator.made

    def tester_once(text_columns, string_null_values=("null", "")):
        return make_tester(tuple(text_columns), tuple(string_null_values))

    MacroFuzzEnvironment.compile = compile_once
    BaseMacroGenerator.get_macro = macro_once
    agate_helper.build_type_tester = tester_once


def keep_columns_of_queries() -> None:
    """Ask once what columns a query has, for a model's contract: numbers and dates in it tell of a
    load, and change no type.
    """
    ask, known = DuckDBAdapter.get_column_schema_from_query, {}

    def columns_once(adapter, sql):
        key = re.sub(r"\d+", "0", sql)
        if key not in known:
            known[key] = ask(adapter, sql)
        return known[key]

    # what templates may call is told by a mark on the function
    columns_once.__dict__.update(ask.__dict__)
    DuckDBAdapter.get_column_schema_from_query = columns_once


def write_no_sql() -> None:
    """Leave the SQL of a model in memory, where tests read it: not one opens the file."""
    ParsedNode.write_node = lambda *_: None
