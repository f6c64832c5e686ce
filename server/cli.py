"""The `qatlas` command. What a command needs is loaded when it is asked for."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from domain.errors import QatlasError
from server.commands.import_arguments import add_import_arguments
from server.settings import Settings, read_settings

Command = Callable[[Settings, argparse.Namespace], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parsed = parser().parse_args(arguments)
    try:
        parsed.run(read_settings(), parsed)
        sys.stdout.flush()
    except QatlasError as error:
        print(f"qatlas: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever reads has read enough; nothing more is written at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def parser() -> argparse.ArgumentParser:
    """All commands and what they take."""
    root = argparse.ArgumentParser("qatlas", description="An atlas of quantitative research.")
    nouns = root.add_subparsers(metavar="command", required=True)
    _command(nouns, "serve", "serve what is catalogued, in the foreground", _serve)
    demo = _command(nouns, "demo", "serve the sample market and the seeds, and walk them", _demo)
    demo.add_argument("--no-walk", action="store_true", help="only serve")
    _command(nouns, "settings", "list every setting with its value and meaning", _settings)
    _command(nouns, "migrate", "bring the database up to date", _migrate)
    _command(nouns, "seed", "put factor sets, a model and backtests into the catalogue", _seed)
    _add_market(nouns)
    _add_universe(nouns)
    _add_factor(nouns)
    _add_rdagent(nouns)
    return root


def _add_market(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    market = nouns.add_parser("market", help="bring markets in, look at them and drop them")
    verbs = market.add_subparsers(metavar="action", required=True)
    _command(verbs, "sample", "import the sample market", _market_sample)
    adopt = _command(verbs, "adopt", "register a Qlib data directory where it lies", _market_adopt)
    adopt.add_argument("name", metavar="NAME", help="names the market")
    adopt.add_argument("directory", metavar="DIR", type=Path, help="the Qlib data directory")
    adopt.add_argument("--region", required=True, help="us or cn")
    adopt.add_argument("--benchmark", metavar="CODE", help="symbol of the market's index")
    adopt.add_argument("--currency", metavar="CODE", help="currency of the prices, such as USD")
    bring = _command(verbs, "import", "make a market of CSV and Parquet files", _market_import)
    bring.add_argument("--region", required=True, help="us or cn")
    bring.add_argument("--currency", metavar="CODE", help="currency of the prices, such as USD")
    add_import_arguments(bring)
    append = _command(verbs, "append", "add days or instruments to a market", _market_append)
    append.add_argument(
        "--allow-rewrite", action="store_true", help="let days change that are there already"
    )
    add_import_arguments(append)
    _command(verbs, "list", "list the markets", _market_list)
    show = _command(verbs, "show", "show what a market consists of", _market_show)
    show.add_argument("market", metavar="NAME[:VERSION]", help="the market, or one snapshot")
    drop = _command(verbs, "drop", "drop a market, or one of its snapshots", _market_drop)
    drop.add_argument("market", metavar="NAME[:VERSION]", help="the market, or one snapshot")
    drop.add_argument(
        "--with-results", action="store_true", help="give up kept results that come from it"
    )


def _add_universe(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    universe = nouns.add_parser("universe", help="say which universe is meant")
    verbs = universe.add_subparsers(metavar="action", required=True)
    default = _command(verbs, "default", "choose the default universe", _universe_default)
    default.add_argument("universe", metavar="MARKET/NAME", help="the universe")


def _add_factor(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    factor = nouns.add_parser("factor", help="bring factors in that were computed elsewhere")
    verbs = factor.add_subparsers(metavar="action", required=True)
    bring = _command(verbs, "import", "import values of factors from a file", _factor_import)
    bring.add_argument("file", metavar="FILE", type=Path, help="Parquet or CSV")
    bring.add_argument("--name", help="names the factor, where the file has only one")
    bring.add_argument("--description", metavar="TEXT", help="says what that factor is")
    bring.add_argument("--set", metavar="NAME", help="the factor set that is to hold them")
    _add_market_choice(bring)


def _add_rdagent(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    rdagent = nouns.add_parser("rdagent", help="exchange factors with RD-Agent")
    verbs = rdagent.add_subparsers(metavar="action", required=True)
    bring = _command(verbs, "import", "import RD-Agent's combined factors", _rdagent_import)
    bring.add_argument("directory", metavar="DIR", type=Path, help="where RD-Agent left them")
    bring.add_argument("--hypotheses", metavar="FILE", type=Path, help="what factors mean, as JSON")
    bring.add_argument("--set", metavar="NAME", default="rdagent", help="the factor set")
    _add_market_choice(bring)
    send = _command(verbs, "export", "write a factor set as RD-Agent reads it", _rdagent_export)
    send.add_argument("factor_set", metavar="SET", help="the factor set")
    send.add_argument("file", metavar="FILE", type=Path, help="the Parquet file to write")
    send.add_argument("--universe", metavar="NAME", help="whose members have rows")


def _add_market_choice(command: argparse.ArgumentParser) -> None:
    command.add_argument("--market", metavar="NAME", help="whose values they are")
    command.add_argument(
        "--skip-unknown",
        action="store_true",
        help="leave out instruments that the market does not have",
    )


def _command(
    group: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    meaning: str,
    run: Command,
) -> argparse.ArgumentParser:
    command = group.add_parser(name, help=meaning, description=f"{meaning.capitalize()}.")
    command.set_defaults(run=run)
    return command


def _serve(settings: Settings, _given: argparse.Namespace) -> None:
    from server.commands.serve import serve

    serve(settings)


def _demo(settings: Settings, given: argparse.Namespace) -> None:
    from server.commands.demo import demo

    demo(settings, walks=not given.no_walk)


def _settings(settings: Settings, _given: argparse.Namespace) -> None:
    from server.commands.settings import show

    show(settings)


def _migrate(settings: Settings, _given: argparse.Namespace) -> None:
    from server.commands.migrate import migrate

    migrate(settings)


def _seed(settings: Settings, _given: argparse.Namespace) -> None:
    from server.commands.seed import seed

    seed(settings)


def _market_sample(settings: Settings, _given: argparse.Namespace) -> None:
    from server.commands.market import sample

    sample(settings)


def _market_adopt(settings: Settings, given: argparse.Namespace) -> None:
    from server.commands.market import adopt

    adopt(settings, given.name, given.directory, given.region, given.benchmark, given.currency)


def _market_import(settings: Settings, given: argparse.Namespace) -> None:
    from server.commands.market_import import import_market

    import_market(settings, given)


def _market_append(settings: Settings, given: argparse.Namespace) -> None:
    from server.commands.market_import import append_market

    append_market(settings, given)


def _market_list(settings: Settings, _given: argparse.Namespace) -> None:
    from server.commands.market import listing

    listing(settings)


def _market_show(settings: Settings, given: argparse.Namespace) -> None:
    from server.commands.market_show import show

    show(settings, given.market)


def _market_drop(settings: Settings, given: argparse.Namespace) -> None:
    from server.commands.market_drop import drop

    drop(settings, given.market, with_results=given.with_results)


def _universe_default(settings: Settings, given: argparse.Namespace) -> None:
    from server.commands.universe import choose_default

    choose_default(settings, given.universe)


def _factor_import(settings: Settings, given: argparse.Namespace) -> None:
    from server.commands.factor_import import import_file

    import_file(settings, given)


def _rdagent_import(settings: Settings, given: argparse.Namespace) -> None:
    from server.commands.rdagent import import_combined

    import_combined(settings, given)


def _rdagent_export(settings: Settings, given: argparse.Namespace) -> None:
    from server.commands.rdagent import export_set

    export_set(settings, given.factor_set, given.file, given.universe)


if __name__ == "__main__":
    sys.exit(main())
