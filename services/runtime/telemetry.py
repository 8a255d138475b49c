"""OpenTelemetry: silent and nearly free unless `OTEL_*` names an exporter.

`traceparent` (W3C Trace Context) is carried through Kafka headers and database rows either way, so that a
trace is whole even where only some of its processes export.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

_propagator = TraceContextTextMapPropagator()
_tracer: trace.Tracer | None = None
_provider: TracerProvider | None = None

MAX_LINKS = 128
"""OpenTelemetry's own default limit of links per span."""


def start(service: str) -> None:
    """Begins to export where the environment names an exporter; otherwise does nothing."""
    exporter = _exporter()
    if exporter is not None:
        use(exporter, service)


def use(exporter: SpanExporter, service: str) -> None:
    """Exports to a given exporter."""
    global _provider, _tracer
    _provider = TracerProvider(resource=Resource.create({"service.name": service}))
    _provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = _provider.get_tracer("egard")


def stop() -> None:
    """Exports what is left."""
    global _provider, _tracer
    if _provider is not None:
        _provider.shutdown()
    _provider = _tracer = None


def enabled() -> bool:
    """Whether anything is exported."""
    return _tracer is not None


@contextmanager
def span(
    name: str,
    *,
    parent: str | None = None,
    links: Sequence[str] = (),
    kind: trace.SpanKind = trace.SpanKind.INTERNAL,
    attributes: dict[str, AttributeValue] | None = None,
) -> Iterator[str | None]:
    """A span under a `traceparent`; yields the one to hand on, which without export is the parent."""
    if _tracer is None:
        yield parent
        return
    context = _propagator.extract({"traceparent": parent} if parent else {})
    with _tracer.start_as_current_span(
        name, context=context, kind=kind, links=list(_links(links)), attributes=attributes
    ) as current:
        yield _traceparent(current)


def _links(parents: Sequence[str]) -> Iterator[trace.Link]:
    for parent in list(dict.fromkeys(parents))[:MAX_LINKS]:
        context = trace.get_current_span(_propagator.extract({"traceparent": parent})).get_span_context()
        if context.is_valid:
            yield trace.Link(context)


def _traceparent(current: trace.Span) -> str | None:
    carrier: dict[str, str] = {}
    _propagator.inject(carrier, trace.set_span_in_context(current))
    return carrier.get("traceparent")


def _exporter() -> SpanExporter | None:
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    chosen = os.environ.get("OTEL_TRACES_EXPORTER", "")
    if chosen == "console":
        return ConsoleSpanExporter()
    if chosen == "none":
        return None
    names = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    if chosen == "otlp" or any(os.environ.get(name) for name in names):
        # Imported here: it is slow to load, and most processes never need it.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        return OTLPSpanExporter()
    return None
