"""Everything a plugin may implement.

Nothing here does work: each function is a promise about when it is called and what its result means.
Implementations may take any subset of the arguments, so arguments can be added without breaking a plugin.
A plugin is a module (or object) named by an entry point of the group ``arrowsmith``; beside its hooks it states
``ARROWSMITH_API``, the pair `arrowsmith.interfaces.API` it was built for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import pluggy

if TYPE_CHECKING:
    from arrowsmith.host import Host
    from arrowsmith.interfaces import BatchReport, CompileReport, Emitter, Format, Framer, Sink, Transform
    from arrowsmith.memory import Allocator
    from arrowsmith.program.program import Program

PROJECT: Final = "arrowsmith"

hookspec = pluggy.HookspecMarker(PROJECT)
#: Marks a function of a plugin as its implementation of the hook with the same name.
hookimpl = pluggy.HookimplMarker(PROJECT)


# --- offers: called once, lazily; results are collected ---------------------


@hookspec
def arrowsmith_formats() -> Iterable[Format]:  # type: ignore[empty-body]  # a hookspec has a docstring and no body
    """Offer dictionary formats: languages a data dictionary may be written in.

    Return cheap, inert objects; import your parser inside ``parse``.

    Called:  once per registry, when a format is first looked up.
    Results: collected; two formats with one name is a ``PluginError``.
    Raising: disables this plugin's formats, is reported by ``arrowsmith plugins``.

    Example::

        @hookimpl
        def arrowsmith_formats():
            return [Copybook()]
    """


@hookspec
def arrowsmith_framers() -> Iterable[Framer]:  # type: ignore[empty-body]  # a hookspec has a docstring and no body
    """Offer framers: ways to tell the records of a file apart, for dictionaries that say only what is in one.

    Return cheap, inert objects; what `find` appends to a Program is all that ever reads data.

    Called:  once per registry, when a framer is first looked up.
    Results: collected; two framers with one name is a ``PluginError``.
    Raising: disables this plugin's framers, is reported by ``arrowsmith plugins``.

    Example::

        @hookimpl
        def arrowsmith_framers():
            return [Varint()]
    """


@hookspec
def arrowsmith_transforms() -> Iterable[Transform]:  # type: ignore[empty-body]  # a hookspec has a docstring and no body
    """Offer transforms: ways to make the bytes of a stream of others, that dictionaries name.

    Return cheap, inert objects; import your codec inside ``apply``.  Frozen dataclasses are best: what is compiled is kept for who
    names an equal one.

    Called:  once per registry, when a transform is first looked up.
    Results: collected; two transforms with one name, or with that of one of core's own, is a ``PluginError``.
    Raising: disables this plugin's transforms, is reported by ``arrowsmith plugins``.

    Example::

        @hookimpl
        def arrowsmith_transforms():
            return [Lz4()]
    """


@hookspec
def arrowsmith_emitters() -> Iterable[Emitter]:  # type: ignore[empty-body]  # a hookspec has a docstring and no body
    """Offer emitters: ways to turn a Program into a kernel.

    Return cheap, inert objects; import your assembler inside ``emit``, and say in ``refuses`` what this host lacks.

    Called:  once per registry, when an emitter is first looked up.
    Results: collected, highest rank first; two emitters with one name is a ``PluginError``.
    Raising: disables this plugin's emitters, is reported by ``arrowsmith plugins``.

    Example::

        @hookimpl
        def arrowsmith_emitters():
            return [VirtualMachine()]
    """


@hookspec
def arrowsmith_allocators() -> Iterable[Allocator]:  # type: ignore[empty-body]  # a hookspec has a docstring and no body
    """Offer allocators: ways to obtain executable memory from the system.

    Return cheap, inert objects; make no system call before ``allocate``.  A negative rank is taken only when named.

    Called:  once per registry, when an allocator is first looked up.
    Results: collected, highest rank first; two allocators with one name is a ``PluginError``.
    Raising: disables this plugin's allocators, is reported by ``arrowsmith plugins``.

    Example::

        @hookimpl
        def arrowsmith_allocators():
            return [Mmap()]
    """


@hookspec
def arrowsmith_sinks() -> Iterable[Sink]:  # type: ignore[empty-body]  # a hookspec has a docstring and no body
    """Offer sinks: places that record batches go to.

    Return cheap, inert objects; import what writes inside ``open``.

    Called:  once per registry, when a sink is first looked up.
    Results: collected; two sinks with one name is a ``PluginError``.
    Raising: disables this plugin's sinks, is reported by ``arrowsmith plugins``.

    Example::

        @hookimpl
        def arrowsmith_sinks():
            return [Parquet()]
    """


# --- policies: the first answer that is not None wins; core answers last ----


@hookspec(firstresult=True)
def arrowsmith_select_emitter(program: Program, host: Host, candidates: Sequence[Emitter]) -> Emitter | None:
    """Choose the emitter for *program*, or return None to leave the choice to others.

    *candidates* are the registry's emitters, highest rank first; those that refuse are among them.

    Called:  once per Program, where the user names no emitter.
    Results: the first that is not None; core's own takes the highest rank, not negative, that does not refuse.
    Raising: ends the run; what is no ``ArrowsmithError`` becomes a ``PluginError`` that names this plugin.

    Example::

        @hookimpl
        def arrowsmith_select_emitter(program, candidates):
            return next((e for e in candidates if e.name == "vm"), None)
    """


@hookspec(firstresult=True)
def arrowsmith_select_allocator(size: int, host: Host, candidates: Sequence[Allocator]) -> Allocator | None:
    """Choose the allocator for *size* bytes of code, or return None to leave the choice to others.

    *candidates* are the registry's allocators, highest rank first; those that refuse are among them.

    Called:  once per kernel that needs executable memory, where the user names no allocator.
    Results: the first that is not None; core's own takes the highest rank, not negative, that does not refuse.
    Raising: ends the run; what is no ``ArrowsmithError`` becomes a ``PluginError`` that names this plugin.

    Example::

        @hookimpl
        def arrowsmith_select_allocator(candidates):
            return next((a for a in candidates if a.name == "memfd-exec"), None)
    """


# --- events: every implementation is called; results are ignored ------------


@hookspec
def arrowsmith_kernel_loaded(report: CompileReport) -> None:
    """Return nothing; take note that a kernel is ready to run.

    Called:  once per kernel, after it is loaded and before it runs.
    Results: ignored.
    Raising: ends the run; what is no ``ArrowsmithError`` becomes a ``PluginError`` that names this plugin.

    Example::

        @hookimpl
        def arrowsmith_kernel_loaded(report):
            print(report.emitter, report.code_bytes)
    """


@hookspec
def arrowsmith_batch_written(report: BatchReport) -> None:
    """Return nothing; take note that a record batch has reached its sink.

    Called:  once per record batch, after it is written; from the thread that wrote it.
    Results: ignored.
    Raising: ends the run; what is no ``ArrowsmithError`` becomes a ``PluginError`` that names this plugin.

    Example::

        @hookimpl
        def arrowsmith_batch_written(report):
            print(report.table, report.rows)
    """
