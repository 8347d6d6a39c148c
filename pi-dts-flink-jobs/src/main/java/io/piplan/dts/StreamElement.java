package io.piplan.dts;

/**
 * What flows from the sources to the writers. The binlog side sends {@link ChangeEvent}s and {@link
 * PositionMark}s in binlog order, and {@link SchemaChange}s among them; the copy side sends {@link
 * CopyBatch}es and a {@link CopyEnd} per chunk. Every element is addressed to one lane (changes,
 * copies) or one writer (marks, ends).
 */
public sealed interface StreamElement
    permits ChangeEvent, PositionMark, SchemaChange, CopyBatch, CopyEnd {}
