"use strict";
// Columns of tables are sorted by a click on their head: numbers by value, the rest as text, what is
// not known last. Without this script the tables are as they were written.
(function () {
    // "132/145 91.03%" is a share, "12.3 (plus-minus) 4.5%" its first number.
    function key(text) {
        const share = /^(\d+)\/(\d+)/.exec(text);
        if (share)
            return Number(share[1]) / Number(share[2]);
        return /^[-+]?\.?\d/.test(text) ? parseFloat(text) : NaN;
    }

    function compare(a, b) {
        const known = !isNaN(a.key), other = !isNaN(b.key);
        if (known && other)
            return a.key - b.key;
        if (known || other)
            return known ? -1 : 1;
        return a.text.localeCompare(b.text, undefined, {numeric: true});
    }

    function sort(table, column, sign) {
        const body = table.tBodies[0], sorted = document.createDocumentFragment();
        const rows = Array.from(body.rows, function (row) {
            const text = row.cells[column].textContent;
            return {row: row, text: text, key: key(text), empty: text === "" || text === "-"};
        });
        rows.sort(function (a, b) {
            return a.empty || b.empty ? a.empty - b.empty : sign * compare(a, b);
        });
        for (const item of rows)
            sorted.append(item.row);
        body.append(sorted);
    }

    function prepare(table, head, column, heads) {
        const button = document.createElement("button");
        button.type = "button";
        button.append(...head.childNodes);
        head.append(button);
        button.addEventListener("click", function () {
            const ascends = head.getAttribute("aria-sort") !== "ascending";
            for (const other of heads)
                other.removeAttribute("aria-sort");
            head.setAttribute("aria-sort", ascends ? "ascending" : "descending");
            sort(table, column, ascends ? 1 : -1);
        });
    }

    for (const table of document.querySelectorAll("table.sortable")) {
        const heads = Array.from(table.tHead.rows[0].cells);
        heads.forEach(function (head, column) {
            prepare(table, head, column, heads);
        });
    }
    // What is folded on the screen would be missing on paper.
    addEventListener("beforeprint", function () {
        for (const part of document.querySelectorAll("details"))
            part.open = true;
    });
})();
