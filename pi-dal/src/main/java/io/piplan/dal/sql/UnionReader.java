package io.piplan.dal.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads SELECTs with UNION between them. */
final class UnionReader {
  private static final Set<String> TAIL = Set.of("ORDER", "LIMIT", "FOR", "LOCK", "INTO");

  private final String sql;

  UnionReader(String sql) {
    this.sql = sql;
  }

  /** Null if it has brackets, other set operations, or both kinds of UNION. */
  UnionShape read(TokenRange query) {
    if (!query.startsWith("SELECT")
        || query.find(Set.of("EXCEPT", "INTERSECT", "MINUS")) >= 0
        || query.find(Set.of("UNION")) < 0) {
      return null;
    }
    List<TokenRange> terms = new ArrayList<>();
    Boolean all = null;
    for (TokenRange part : query.split(Set.of("UNION"))) {
      boolean first = terms.isEmpty();
      boolean ofAll = part.startsWith("ALL");
      TokenRange term = ofAll || part.startsWith("DISTINCT") ? part.from(1) : part;
      if (!term.startsWith("SELECT") || (!first && all != null && all != ofAll)) {
        return null;
      }
      all = first ? null : Boolean.valueOf(ofAll);
      terms.add(term);
    }
    int last = terms.size() - 1;
    List<SelectShape> shapes = new ArrayList<>();
    List<Span> spans = new ArrayList<>();
    for (int i = 0; i <= last; i++) {
      int tail = terms.get(i).find(TAIL);
      if (tail >= 0 && i < last) {
        return null;
      }
      TokenRange part = tail < 0 ? terms.get(i) : terms.get(i).to(tail);
      shapes.add(new ShapeReader(sql, part).read());
      spans.add(part.span());
    }
    SelectShape whole = new ShapeReader(sql, terms.get(last)).read();
    return new UnionShape(
        Boolean.TRUE.equals(all),
        shapes,
        spans,
        whole.orderBy(),
        whole.offset(),
        whole.limit(),
        whole.limitSpan(),
        whole.unmergeable());
  }
}
