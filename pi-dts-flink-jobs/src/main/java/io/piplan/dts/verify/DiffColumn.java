package io.piplan.dts.verify;

import io.piplan.dts.value.Kind;

/**
 * A column of one side.
 *
 * @param nativeType the server's own spelling, usable in a cast
 * @param scale digits after the point of decimals, fraction digits of times, -1 where not fixed
 * @param utf8 whether text is stored as UTF-8
 * @param generated whether the server computes it, so that it cannot be written
 * @param touched whether the server sets it at an update that does not name it
 */
record DiffColumn(
    String name,
    Kind kind,
    String nativeType,
    int scale,
    boolean utf8,
    boolean generated,
    boolean touched) {}
