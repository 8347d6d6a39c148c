/** One client's state and the whole flow parse → plan → run → merge. On top: nothing imports it. */
package io.piplan.dal.session;
