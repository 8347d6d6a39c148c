package io.piplan.dal.plan;

import io.piplan.dal.rules.Catalog;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.TableShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The real tables of the rules in {@code plans/rules.yaml}. */
public final class ShopCatalog {
  private ShopCatalog() {}

  public static Catalog catalog() {
    return new Catalog(
        Map.of(
            "orders",
            shape("id bigint", "user_id bigint", "amount decimal", "note varchar ci"),
            "customer",
            shape("name varchar bin", "age int", "city_id int"),
            "visit",
            shape("day date", "who varchar ci"),
            "city",
            shape("city_id int", "label varchar ci"),
            "ticket",
            shape("id bigint", "buyer int", "seller int"),
            "part",
            shape("a int", "b varchar bin", "c int")));
  }

  private static TableShape shape(String... columns) {
    List<ColumnShape> shapes = new ArrayList<>();
    for (String column : columns) {
      String[] words = column.split(" ", -1);
      String collation =
          words.length < 3 ? null : words[2].equals("bin") ? "utf8mb4_bin" : "utf8mb4_general_ci";
      shapes.add(new ColumnShape(words[0], words[1], words[1], collation, false, false));
    }
    return new TableShape(shapes, List.of(Set.of(shapes.get(0).name())));
  }
}
