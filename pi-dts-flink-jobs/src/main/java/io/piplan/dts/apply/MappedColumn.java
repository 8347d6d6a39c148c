package io.piplan.dts.apply;

import io.piplan.dts.Column;
import java.io.Serializable;

/**
 * One column that is written.
 *
 * @param sourceIndex where its value stands in a source {@link io.piplan.dts.Row}
 * @param targetType the target's own type name, lower case without length, e.g. {@code numeric},
 *     {@code timestamptz}, {@code int unsigned}
 */
public record MappedColumn(int sourceIndex, Column source, String targetName, String targetType)
    implements Serializable {}
