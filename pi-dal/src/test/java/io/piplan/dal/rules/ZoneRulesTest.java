package io.piplan.dal.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.meta.RowVersion;
import io.piplan.meta.ZsKey;
import io.piplan.meta.Zsid;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ZoneRulesTest {
  private static final String SITES = "src/test/resources/plans/zones/sites.json";
  private static final String GOOD =
      """
      schema: shop
      default_node: n0
      sequences: {servers: '127.0.0.1:1'}
      zones: {metadata: SITES, zone: bj}
      nodes:
        - {name: n0, dsn: 'env:N0'}
      tables:
        - name: orders
          type: sharding
          strategies:
            - {backends: ['n0.orders_{0, 4}'], sharding_columns: [user_id], algorithm: mod}
        - {name: city, type: raw, strategies: [{backends: [n0.city]}]}
      """
          .replace("SITES", SITES);

  private static final ColumnShape KEY =
      new ColumnShape("user_id", "bigint", "bigint(20)", null, false, false);
  private static final ColumnShape VERSION =
      new ColumnShape(RowVersion.COLUMN, "bigint", "bigint(20)", null, false, false, true);
  private static final ColumnShape VISIBLE =
      new ColumnShape(RowVersion.COLUMN, "bigint", "bigint(20)", null, false, false);

  private static TableShape shape(ColumnShape... columns) {
    return new TableShape(List.of(columns), List.of(Set.of("user_id")));
  }

  private static Catalog check(TableShape orders, TableShape city, Map<String, TableShape> more) {
    return check(RulesDocument.parse("f.yaml", GOOD), orders, city, more);
  }

  private static Catalog check(DalRules rules, TableShape orders, TableShape city) {
    return check(rules, orders, city, Map.of());
  }

  private static Catalog check(
      DalRules rules, TableShape orders, TableShape city, Map<String, TableShape> more) {
    Map<ActualTable, TableShape> shapes = new HashMap<>();
    for (int i = 0; i < 4; i++) {
      shapes.put(new ActualTable("n0", "orders_" + i), orders);
    }
    shapes.put(new ActualTable("n0", "city"), city);
    more.forEach((name, shape) -> shapes.put(new ActualTable("n0", name), shape));
    return new ShapeCheck(shapes).check("f.yaml", rules);
  }

  @Test
  void theDocumentOfAllSitesIsRead() {
    ZoneRules zones = RulesDocument.parse("f.yaml", GOOD).zones();

    assertThat(zones.here()).isEqualTo("zone bj (1)");
    assertThat(zones.others()).isEqualTo("zone sh (2)");
    assertThat(zones.owns(new Zsid(4))).isTrue();
    assertThat(zones.owns(new Zsid(7))).isFalse();
    assertThat(zones.owner(new Zsid(7))).isEqualTo("zone sh (2)");
    assertThat(zones.turns()).containsExactly(0, 2, 4, 6);
  }

  @Test
  void eachFaultIsRefusedWithItsPlace() {
    assertThatThrownBy(() -> RulesDocument.parse("f", GOOD.replace("zone: bj", "zone: gz")))
        .hasMessageContaining("line 4")
        .hasMessageContaining("there is no zone \"gz\"")
        .hasMessageContaining("name one of bj, sh");
    assertThatThrownBy(() -> RulesDocument.parse("f", GOOD.replace(SITES, "nowhere.json")))
        .hasMessageContaining("line 4")
        .hasMessageContaining("the metadata document is refused");
    assertThatThrownBy(
            () -> RulesDocument.parse("f", GOOD.replace("sequences: {servers: '127.0.0.1:1'}", "")))
        .hasMessageContaining("row versions need a clock");
    assertThatThrownBy(
            () ->
                RulesDocument.parse(
                    "f", GOOD.replace("name: orders", "name: orders\n    zskeys: a")))
        .hasMessageContaining("one of zskeys and zs_algorithm is missing");
    assertThatThrownBy(() -> RulesDocument.parse("f", keyed("orders", "[user_id]", "by_day")))
        .hasMessageContaining("there is no algorithm \"by_day\" in the metadata document")
        .hasMessageContaining("name one of by_list, by_number, by_range, by_text");
    assertThatThrownBy(() -> RulesDocument.parse("f", keyed("orders", "[a, b]", "by_number")))
        .hasMessageContaining("takes one column");
  }

  private static String keyed(String table, String columns, String algorithm) {
    String name = "name: " + table;
    String more = ", zskeys: " + columns + ", zs_algorithm: " + algorithm;
    return table.equals("orders")
        ? GOOD.replace(name, name + more.replace(", zs", "\n    zs"))
        : GOOD.replace(name, name + more);
  }

  @Test
  void theRulesMaySayWhatDecidesAZone() {
    DalRules same = RulesDocument.parse("f", keyed("orders", "USER_ID", "by_number"));
    assertThat(check(same, shape(KEY, VERSION), shape(KEY)).table("orders")).isPresent();
    assertThatThrownBy(
            () ->
                check(
                    RulesDocument.parse("f", keyed("orders", "[user_id]", "by_text")),
                    shape(KEY, VERSION),
                    shape(KEY)))
        .hasMessageContaining("its zskeys and zs_algorithm say another ZSKey than " + SITES);

    DalRules alone = RulesDocument.parse("f", keyed("city", "[user_id]", "by_text"));
    ZsKey key = alone.zones().key(alone.table("city").orElseThrow()).orElseThrow();
    assertThat(key.columns()).containsExactly("user_id");
    assertThat(key.algorithm().type()).isEqualTo("hash");
    assertThat(check(alone, shape(KEY, VERSION), shape(KEY, VERSION)).table("city")).isPresent();
    assertThatThrownBy(() -> check(alone, shape(KEY, VERSION), shape(KEY)))
        .hasMessageContaining("table city: it has a ZSKey, and no column pidal_c");
  }

  @Test
  void withoutZonesNothingIsDecided() {
    String without =
        keyed("orders", "[user_id]", "by_number")
            .replace("zones: {metadata: " + SITES + ", zone: bj}\n", "");
    assertThat(RulesDocument.parse("f", without).table("orders").orElseThrow().zsKey()).isNull();
  }

  @Test
  void versionsAreNoColumnsOfApps() {
    Catalog catalog = check(shape(KEY, VERSION), shape(KEY), Map.of("other", shape(KEY)));

    TableShape orders = catalog.table("orders").orElseThrow();
    assertThat(orders.columns()).containsExactly(KEY);
    assertThat(orders.version()).isEqualTo(VERSION);
    assertThat(orders.stored()).containsExactly(KEY, VERSION);
    assertThat(orders.inserted()).containsExactly("user_id");
    assertThat(catalog.table("city").orElseThrow().version()).isNull();
  }

  @Test
  void realTablesMustFit() {
    assertThatThrownBy(() -> check(shape(KEY), shape(KEY), Map.of()))
        .hasMessageContaining("table orders: it has a ZSKey, and no column pidal_c");
    assertThatThrownBy(() -> check(shape(KEY, VISIBLE), shape(KEY), Map.of()))
        .hasMessageContaining("visible to apps");
    assertThatThrownBy(() -> check(shape(KEY, VERSION), shape(KEY, VISIBLE), Map.of()))
        .hasMessageContaining("table city: its column pidal_c");
    assertThatThrownBy(
            () -> check(shape(KEY, VERSION), shape(KEY), Map.of("forgotten", shape(KEY, VERSION))))
        .hasMessageContaining("table forgotten: it has row versions on the default node");
    ColumnShape text =
        new ColumnShape("user_id", "varchar", "varchar(9)", "utf8mb4_bin", false, false);
    assertThatThrownBy(() -> check(shape(text, VERSION), shape(KEY), Map.of()))
        .hasMessageContaining("the column user_id of its ZSKey is varchar(9)")
        .hasMessageContaining("use a whole number for the algorithm mod");
  }
}
