/**
 * The words of PiDAL: rows as the MySQL protocol carries them, statements for one node, results and
 * errors. It imports no other package of its module.
 */
package io.piplan.dal;
