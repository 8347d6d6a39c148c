package io.piplan.dal.sql;

import java.util.List;

/**
 * Several SELECTs with UNION between them, none of which is in brackets.
 *
 * @param all whether equal rows stay, as UNION ALL says
 * @param parts without ORDER BY and LIMIT, which are the whole's
 * @param spans of the parts
 * @param orderBy of the whole
 * @param limit -1 if there is none
 * @param limitSpan from LIMIT to its end; null if there is none
 * @param unmergeable what of it can't be merged from several shards; null if all can
 */
public record UnionShape(
    boolean all,
    List<SelectShape> parts,
    List<Span> spans,
    List<SelectShape.Order> orderBy,
    long offset,
    long limit,
    Span limitSpan,
    String unmergeable) {
  public UnionShape {
    parts = List.copyOf(parts);
    spans = List.copyOf(spans);
    orderBy = List.copyOf(orderBy);
  }
}
