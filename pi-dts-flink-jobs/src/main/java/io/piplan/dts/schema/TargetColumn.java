package io.piplan.dts.schema;

/**
 * A column that a target table has.
 *
 * @param type name without length, e.g. {@code numeric}, {@code timestamptz}, {@code int unsigned}
 * @param length characters, bytes, bits or precision; 0 if the type has no bound
 * @param scale digits after the point of a decimal, fractional digits of a time type
 * @param charset character set of text on MySQL, else null
 * @param computed whether the target computes it, so that it cannot be written
 */
record TargetColumn(
    String name,
    String type,
    long length,
    int scale,
    String charset,
    boolean nullable,
    boolean hasDefault,
    boolean computed) {}
