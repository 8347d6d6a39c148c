package io.piplan.dts.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Everything that the checks of a definition found. */
public record CheckReport(String definition, List<Finding> findings) {
  public CheckReport {
    findings = List.copyOf(findings);
  }

  /** This report and another one; findings of both are there once. */
  public CheckReport and(CheckReport other) {
    Set<Finding> both = new LinkedHashSet<>(findings);
    both.addAll(other.findings());
    return new CheckReport(definition, List.copyOf(both));
  }

  public List<Finding> of(Severity severity) {
    return findings.stream().filter(finding -> finding.severity() == severity).toList();
  }

  /** Its errors and warnings only. */
  public CheckReport withoutInfo() {
    return new CheckReport(
        definition,
        findings.stream()
            .filter(finding -> finding.severity().compareTo(Severity.WARNING) <= 0)
            .toList());
  }

  public boolean passes() {
    return of(Severity.ERROR).isEmpty();
  }

  /**
   * Refuses a start if there is any error.
   *
   * @throws DtsException with the errors' own number if they have one in common, else {@code
   *     CHECK_FAILED}; it lists all of them with their remedies
   */
  public void refuse() {
    List<Finding> errors = of(Severity.ERROR);
    if (errors.isEmpty()) {
      return;
    }
    Set<DtsError> kinds = EnumSet.noneOf(DtsError.class);
    errors.forEach(error -> kinds.add(error.code().error()));
    DtsError kind = kinds.size() == 1 ? kinds.iterator().next() : DtsError.CHECK_FAILED;
    if (errors.size() == 1) {
      throw new DtsException(kind, errors.get(0).message(), errors.get(0).remedy());
    }
    throw new DtsException(
        kind,
        errors.size()
            + " findings stand against a start:\n"
            + errors.stream().map(CheckReport::listed).collect(Collectors.joining("\n")),
        "cure each of them; 'bin/pi check' shows them again, with everything else");
  }

  private static String listed(Finding error) {
    return "- PI-" + error.code().error().number() + " " + error.toString().replace("\n", "\n  ");
  }

  public String toJson() {
    List<Map<String, Object>> list = new ArrayList<>();
    for (Finding finding : findings) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("severity", finding.severity().name());
      fields.put("code", finding.code().name());
      if (finding.severity() == Severity.ERROR) {
        fields.put("error", "PI-" + finding.code().error().number());
      }
      fields.put("server", finding.subject().server());
      fields.put("table", finding.subject().table());
      fields.put("column", finding.subject().column());
      fields.put("message", finding.message());
      fields.put("remedy", finding.remedy());
      list.add(fields);
    }
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("definition", definition);
    report.put("errors", of(Severity.ERROR).size());
    report.put("warnings", of(Severity.WARNING).size());
    report.put("findings", list);
    try {
      return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(report);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a report of plain values cannot be written as JSON", e);
    }
  }
}
