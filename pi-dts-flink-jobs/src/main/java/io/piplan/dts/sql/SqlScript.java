package io.piplan.dts.sql;

import io.piplan.dts.DtsError;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A definition cut into statements at its semicolons. A statement set, which has semicolons inside,
 * is one piece.
 */
record SqlScript(SourceText source, List<Piece> pieces) {
  /** What comments begin and end with, and what is between tokens. */
  private static final Pattern BOUNDS = Pattern.compile("/\\*|\\*/|--|\\s+");

  /**
   * One statement.
   *
   * @param tokens its tokens without the semicolon, an END token last
   * @param inner the statements inside a statement set; else empty
   */
  record Piece(List<Token> tokens, List<Piece> inner) {
    Token first() {
      return tokens.get(0);
    }

    /** The statement as written, without the semicolon. */
    String text(SourceText source) {
      Token last = tokens.get(Math.max(0, tokens.size() - 2));
      return source.text().substring(first().start(), last.end());
    }
  }

  /** Hints are no statements' options to us, but they are options to Flink. */
  void refuseSecretsInHints() {
    for (Token token : Tokenizer.tokens(source)) {
      if (token.kind() == Token.Kind.HINT && SecretMask.holdsLiteral(token.value())) {
        throw source.error(
            DtsError.DEFINITION_SECRET_WRITTEN,
            token.start(),
            token.end(),
            "this hint holds a password that is written out in the definition",
            "give the option in the table's WITH, and " + OptionText.REFERENCES);
      }
    }
  }

  /** The text as written; what looks like a secret in a comment is masked. */
  String withoutSecretsInComments() {
    StringBuilder text = new StringBuilder(SecretMask.sameLength(source.text()));
    for (Token token : Tokenizer.tokens(source)) {
      text.replace(token.start(), token.end(), source.text().substring(token.start(), token.end()));
    }
    // A quote that is open in a comment is masked up to the next one, over the comment's end.
    Matcher kept = BOUNDS.matcher(source.text());
    while (kept.find()) {
      text.replace(kept.start(), kept.end(), kept.group());
    }
    return SourceText.collapse(text.toString());
  }

  static SqlScript split(SourceText source) {
    return new SqlScript(source, new Splitter(source, Tokenizer.tokens(source)).all());
  }

  /** Walks over the tokens once. */
  private static final class Splitter {
    private final SourceText source;
    private final List<Token> tokens;
    private int at;

    Splitter(SourceText source, List<Token> tokens) {
      this.source = source;
      this.tokens = tokens;
    }

    List<Piece> all() {
      List<Piece> pieces = new ArrayList<>();
      while (tokens.get(at).kind() != Token.Kind.END) {
        if (tokens.get(at).isSymbol(";")) {
          at++;
        } else {
          pieces.add(piece());
        }
      }
      return List.copyOf(pieces);
    }

    private Piece piece() {
      int first = at;
      int body = statementSetBody();
      if (body < 0) {
        return simple();
      }
      at = body;
      List<Piece> inner = new ArrayList<>();
      while (!tokens.get(at).isWord("END")) {
        if (tokens.get(at).kind() == Token.Kind.END) {
          throw neverEnds(tokens.get(first));
        }
        if (tokens.get(at).isSymbol(";")) {
          at++;
        } else {
          inner.add(simple());
        }
      }
      at++;
      return new Piece(ended(first, at), List.copyOf(inner));
    }

    private Piece simple() {
      int first = at;
      while (!tokens.get(at).isSymbol(";") && tokens.get(at).kind() != Token.Kind.END) {
        at++;
      }
      return new Piece(ended(first, at), List.of());
    }

    /** Where the statements of a statement set begin, or -1 if it is no statement set. */
    private int statementSetBody() {
      if (tokens.get(at).isWord("BEGIN")) {
        return areWords(at + 1, "STATEMENT", "SET") ? at + 3 : -1;
      }
      // EXECUTE, EXPLAIN, COMPILE PLAN '…' FOR: all followed by STATEMENT SET BEGIN.
      for (int i = at; i < tokens.size() && !tokens.get(i).isSymbol(";"); i++) {
        if (areWords(i, "STATEMENT", "SET", "BEGIN")) {
          return i + 3;
        }
      }
      return -1;
    }

    private boolean areWords(int from, String... words) {
      for (int i = 0; i < words.length; i++) {
        if (from + i >= tokens.size() || !tokens.get(from + i).isWord(words[i])) {
          return false;
        }
      }
      return true;
    }

    private List<Token> ended(int first, int end) {
      List<Token> part = new ArrayList<>(tokens.subList(first, end));
      Token next = tokens.get(end);
      part.add(new Token(Token.Kind.END, "", next.start(), next.end()));
      return List.copyOf(part);
    }

    private RuntimeException neverEnds(Token begin) {
      return source.error(
          DtsError.DEFINITION_SYNTAX,
          begin.start(),
          begin.end(),
          "this statement set never ends, expected END;",
          "write END; after its last statement");
    }
  }
}
