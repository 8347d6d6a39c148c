package io.piplan.meta;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads which zone owns which ZSID: each exactly one (I1). */
final class OwnershipReader {
  static final Set<String> ZSIDS = Set.of("count", "owners");
  private static final Pattern RANGE = Pattern.compile("([0-9]{1,9})(?:-([0-9]{1,9}))?");

  private final JsonReader reader;
  private final List<Zone> zones;

  OwnershipReader(JsonReader reader, List<Zone> zones) {
    this.reader = reader;
    this.zones = zones;
  }

  Ownership read(Json value) {
    Optional<Json.Members> zsids = reader.members(value, ZSIDS);
    Optional<Json> counted = zsids.flatMap(members -> reader.required(members, "count"));
    OptionalInt count =
        counted.isPresent() ? reader.whole(counted.get(), 1, Zsid.MAX_COUNT) : OptionalInt.empty();
    Optional<Json> owners = zsids.flatMap(members -> reader.required(members, "owners"));
    if (count.isEmpty() || owners.isEmpty()) {
      return new Ownership(List.of());
    }
    return new Ownership(owners(owners.get(), count.getAsInt()));
  }

  private List<Integer> owners(Json value, int count) {
    int[] owner = new int[count];
    Place[] places = new Place[count];
    for (Map.Entry<String, Json> entry : reader.named(value).entrySet()) {
      Optional<Zone> zone =
          zones.stream().filter(known -> known.name().equals(entry.getKey())).findFirst();
      if (zone.isEmpty()) {
        reader.problem(
            MetaError.UNKNOWN_ZONE,
            entry.getValue().place(),
            "there is no zone \"" + entry.getKey() + "\"",
            "name one of " + String.join(", ", zones.stream().map(Zone::name).toList()));
      }
      for (Json item : reader.items(entry.getValue())) {
        range(item, count)
            .ifPresent(range -> own(range, zone.map(Zone::id).orElse(-1), item, owner, places));
      }
    }
    if (!(value instanceof Json.Members)) {
      return Collections.nCopies(count, 0);
    }
    gaps(value, places);
    return Arrays.stream(owner).boxed().toList();
  }

  /** First and last ZSID of a range. */
  private record Range(int first, int last) {}

  /** A number, or a text {@code "4-7"}. */
  private Optional<Range> range(Json item, int count) {
    if (item instanceof Json.Numeric) {
      OptionalInt number = reader.whole(item, 0, count - 1);
      return number.isPresent()
          ? Optional.of(new Range(number.getAsInt(), number.getAsInt()))
          : Optional.empty();
    }
    Optional<String> text = reader.text(item);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Matcher matcher = RANGE.matcher(text.get());
    if (!matcher.matches()) {
      reader.problem(
          MetaError.WRONG_TYPE,
          item.place(),
          item.kind() + " is no range of ZSIDs",
          "write it as \"4-7\" or 4");
      return Optional.empty();
    }
    int first = Integer.parseInt(matcher.group(1));
    int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
    if (first > last || last >= count) {
      reader.problem(
          MetaError.OUT_OF_RANGE,
          item.place(),
          item.kind() + " is out of range",
          "ZSIDs go from 0 to " + (count - 1) + ", the lower one first");
      return Optional.empty();
    }
    return Optional.of(new Range(first, last));
  }

  private void own(Range range, int zone, Json item, int[] owner, Place[] places) {
    int taken = -1;
    for (int zsid = range.first(); zsid <= range.last(); zsid++) {
      if (places[zsid] != null) {
        taken = taken < 0 ? zsid : taken;
      } else {
        places[zsid] = item.place();
        owner[zsid] = zone;
      }
    }
    if (taken >= 0) {
      reader.problem(
          MetaError.ZSID_OWNED_TWICE,
          item.place(),
          "ZSID " + taken + " is owned already at " + places[taken],
          "leave it to one zone");
    }
  }

  private void gaps(Json value, Place[] places) {
    List<String> gaps = new ArrayList<>();
    for (int zsid = 0; zsid < places.length; zsid++) {
      if (places[zsid] == null) {
        int first = zsid;
        while (zsid + 1 < places.length && places[zsid + 1] == null) {
          zsid++;
        }
        gaps.add(first == zsid ? "" + first : first + "-" + zsid);
      }
    }
    if (!gaps.isEmpty()) {
      reader.problem(
          MetaError.ZSID_NOT_OWNED,
          value.place(),
          "no zone owns ZSID " + String.join(", ", gaps),
          "give each ZSID from 0 to " + (places.length - 1) + " to one zone");
    }
  }
}
