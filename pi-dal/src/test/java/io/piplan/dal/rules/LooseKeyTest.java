package io.piplan.dal.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LooseKeyTest {
  private static final DalRules RULES =
      RulesDocument.parse(
          "f.yaml",
          """
          schema: shop
          nodes:
            - {name: n0, dsn: 'env:N0'}
            - {name: n1, dsn: 'env:N1'}
          tables:
            - name: Orders
              type: sharding
              strategies:
                - {backends: ['n0.orders_{0, 2}', 'n1.orders_{2, 4}'], sharding_columns: [User_Id], algorithm: mod}
            - name: known
              type: sharding
              same_key_same_shard: true
              strategies:
                - {backends: [n0.known_0, n1.known_1], sharding_columns: [user_id], algorithm: mod}
            - name: alone
              type: sharding
              strategies:
                - {backends: [n0.alone_0], sharding_columns: [user_id], algorithm: mod}
            - name: pair
              type: double_sharding
              strategies:
                - {backends: ['n0.pair_a_{0, 2}'], sharding_columns: [a], algorithm: mod}
                - {backends: ['n1.pair_b_{0, 2}'], sharding_columns: [b], algorithm: mod}
            - name: city
              type: broadcast
              strategies: [{backends: [n0.city, n1.city]}]
          """);

  private static TableShape shape(List<Set<String>> keys) {
    return new TableShape(
        List.of(
            new ColumnShape("ID", "bigint", "bigint(20)", null, true, false),
            new ColumnShape("user_id", "bigint", "bigint(20)", null, false, false)),
        keys);
  }

  private static List<String> loose(String table, boolean generatesIds, List<Set<String>> keys) {
    return LooseKey.of(RULES, new Catalog(Map.of(table, shape(keys))), generatesIds).stream()
        .map(LooseKey::toString)
        .toList();
  }

  @Test
  void aKeyWithoutTheShardingColumnsIsTold() {
    assertThat(loose("orders", false, List.of(Set.of("code"), Set.of("id", "user_id"))))
        .containsExactly(
            "table Orders: its unique key (code) is without the sharding columns user_id, so that"
                + " it is unique on each shard only: INSERT, UPDATE and LOAD DATA look at no other"
                + " shard; add the columns to the key, or say same_key_same_shard: true in the"
                + " rules if one key never comes with two shards");
  }

  @Test
  void idsOfASequenceComeOnce() {
    assertThat(loose("orders", false, List.of(Set.of("id")))).hasSize(1);
    assertThat(loose("orders", true, List.of(Set.of("id")))).isEmpty();
    assertThat(loose("orders", true, List.of(Set.of("id"), Set.of("code")))).hasSize(1);
  }

  @Test
  void whatIsMetSomewhereIsNotTold() {
    assertThat(loose("known", false, List.of(Set.of("code")))).isEmpty();
    assertThat(loose("alone", false, List.of(Set.of("code")))).isEmpty();
    assertThat(loose("city", false, List.of(Set.of("code")))).isEmpty();
    assertThat(loose("pair", false, List.of(Set.of("b", "code")))).isEmpty();
    assertThat(loose("pair", false, List.of(Set.of("code")))).hasSize(1);
  }
}
