package io.piplan.proxy.differ;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A schema, what its tables are filled with, and what is done to them. */
record RandomCase(long seed, RandomSchema schema, List<Line> rows, List<Line> statements) {
  private static final int STATEMENTS = 40;

  static RandomCase create(long seed) {
    Dice dice = new Dice(seed);
    RandomSchema schema = RandomSchema.create(dice, "s" + Math.floorMod(seed, 1_000_000) + "_");
    RandomWrites writes = new RandomWrites(dice, schema);
    RandomQueries queries = new RandomQueries(dice, schema);
    List<Line> rows = new ArrayList<>();
    for (RandomTable table : schema.tables()) {
      writes.rows(table).forEach(sql -> rows.add(Line.of(sql)));
    }
    List<Line> statements = new ArrayList<>();
    while (statements.size() < STATEMENTS) {
      if (dice.oneIn(14)) {
        statements.add(Line.of(transaction(dice)));
      }
      Line line = dice.oneIn(3) ? writes.next() : queries.next();
      statements.add(dice.oneIn(2) ? line.prepared(1 + dice.below(1000)) : line);
    }
    return new RandomCase(seed, schema, rows, statements);
  }

  private static String transaction(Dice dice) {
    return dice.word(
        "START TRANSACTION",
        "START TRANSACTION",
        "COMMIT",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT s",
        "SAVEPOINT s",
        "ROLLBACK TO SAVEPOINT s",
        "RELEASE SAVEPOINT s");
  }

  RandomCase with(List<Line> otherRows, List<Line> otherStatements) {
    return new RandomCase(seed, schema, otherRows, otherStatements);
  }

  private boolean isUsed(RandomTable table) {
    return (rows.isEmpty() && statements.isEmpty())
        || Stream.concat(rows.stream(), statements.stream())
            .anyMatch(line -> line.sql().matches("(?s).*\\b" + table.name() + "\\b.*"));
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("case " + seed + ", " + schema.shards() + " shards\n");
    List<RandomTable> used = schema.tables().stream().filter(this::isUsed).toList();
    used.forEach(t -> text.append(t.rules(schema.shards())));
    used.forEach(t -> text.append("CREATE TABLE " + t.name() + " " + t.ddl() + ";\n"));
    rows.forEach(line -> text.append(line.sql()).append(";\n"));
    statements.forEach(
        line ->
            text.append(line.sql())
                .append(line.draws() == 0 ? ";\n" : "; -- prepared " + line.draws() + "\n"));
    return text.toString();
  }
}
