"use strict";
// What a reader does with the page: sort, search and filter tables, choose columns, ask for all rows,
// select rows and see them in the charts, hide series, read values at the pointer, look at a chart
// closely. Without this script tables and charts are as they were written.
(function () {
    function make(name, properties, ...children) {
        const element = Object.assign(document.createElement(name), properties);
        element.append(...children);
        return element;
    }

    // "132/145 91.03%" is a share, "12.3 (plus-minus) 4.5%" its first number.
    function number(text) {
        const share = /^(\d+)\/(\d+)/.exec(text);
        if (share)
            return Number(share[1]) / Number(share[2]);
        return /^[-+]?\.?\d/.test(text) ? parseFloat(text) : NaN;
    }

    // Tables. Rows are columns of indexes into distinct texts; the page holds elements for as many as
    // a reader has scrolled to.

    function standingColumns(table) {
        return Array.from(table.tHead.rows[0].cells, function (head, column) {
            const places = new Map();
            const rows = Array.from(table.tBodies[0].rows, function (row) {
                const text = row.cells[column].textContent;
                places.set(text, places.has(text) ? places.get(text) : places.size);
                return places.get(text);
            });
            return {texts: [...places.keys()], rows};
        });
    }

    // The marks of packed_priv.h.
    function unpackRows(marks, nTexts) {
        const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
        const rows = [], width = nTexts > 4096 ? 3 : nTexts > 64 ? 2 : 1;
        let fresh = 0;
        for (let at = 0; at < marks.length;) {
            if (marks[at] === "+") {
                rows.push(fresh++);
                at++;
            } else if (marks[at] === "*") {
                const end = marks.indexOf(";", at);
                const [distance, n] = marks.slice(at + 1, end).split(",").map(Number);
                for (let i = 0; i < n; i++)
                    rows.push(rows[rows.length - distance]);
                at = end + 1;
            } else {
                let index = 0;
                for (const stop = at + width; at < stop; at++)
                    index = 64 * index + digits.indexOf(marks[at]);
                rows.push(index);
            }
        }
        return rows;
    }

    function unpackColumns(template) {
        const lines = template.content.textContent.split("\n"), columns = [];
        for (let i = 0; i + 1 < lines.length; i += 2) {
            const texts = lines[i].split("\t");
            columns.push({texts, rows: unpackRows(lines[i + 1], texts.length)});
        }
        return columns;
    }

    const step = 500; // rows that become elements at once; ten times as many for a printer

    // What is known of a table: all rows, those that a search left in their order, those selected,
    // hidden columns.
    function openView(table, columns) {
        const view = {table, heads: Array.from(table.tHead.rows[0].cells), hidden: new Set(),
                      selected: new Set(), words: [], sorted: null};
        setColumns(view, columns);
        return view;
    }

    function setColumns(view, columns) {
        view.columns = columns;
        view.order = columns[0].rows.map((text, row) => row);
        view.found = view.order;
        view.selected.clear();
    }

    function textAt(view, column, row) {
        const {texts, rows} = view.columns[column];
        return texts[rows[row]];
    }

    function makeRow(view, row) {
        const element = document.createElement("tr");
        view.heads.forEach(function (head, column) {
            const cell = element.insertCell();
            cell.textContent = textAt(view, column, row);
            cell.className = head.className;
            cell.hidden = view.hidden.has(column);
        });
        element.dataset.row = row;
        markSelected(view, element);
        return element;
    }

    function markSelected(view, element) {
        const selected = view.selected.has(Number(element.dataset.row));
        element.classList.toggle("selected", selected);
        element.setAttribute("aria-selected", selected);
    }

    function showUpTo(view, n) {
        const body = view.table.tBodies[0];
        body.append(...view.found.slice(body.rows.length, n).map(row => makeRow(view, row)));
    }

    function showFirst(view) {
        view.table.tBodies[0].replaceChildren();
        view.table.closest(".scroll").scrollTop = 0;
        showUpTo(view, step);
    }

    function compare(a, b) {
        const known = !isNaN(a.key), other = !isNaN(b.key);
        if (known && other)
            return a.key - b.key;
        if (known || other)
            return known ? -1 : 1;
        return a.text.localeCompare(b.text, undefined, {numeric: true});
    }

    // Ranks of the distinct texts of a column; unknown ones come last, whatever the sign.
    function rankTexts(texts, sign) {
        const items = texts.map((text, index) => ({text, index, key: number(text),
                                                   empty: text === "" || text === "-"}));
        const ranks = [];
        let rank = 0;
        items.sort((a, b) => a.empty || b.empty ? a.empty - b.empty : sign * compare(a, b));
        items.forEach(function (item, at) {
            rank += at > 0 && (item.empty !== items[at - 1].empty ||
                               compare(item, items[at - 1]) !== 0) ? 1 : 0;
            ranks[item.index] = rank;
        });
        return ranks;
    }

    // Equal rows stay in the order that they had.
    function sort(view, column, sign) {
        const {texts, rows} = view.columns[column], ranks = rankTexts(texts, sign);
        view.order = view.order.slice().sort((a, b) => ranks[rows[a]] - ranks[rows[b]]);
        filter(view);
    }

    // The first click puts the best rows first, where it is known which these are.
    function addSorting(view, head, column) {
        const button = make("button", {type: "button"}, ...head.childNodes);
        const first = head.dataset.best === "high" ? "descending" : "ascending";
        const second = first === "ascending" ? "descending" : "ascending";
        head.append(button);
        button.addEventListener("click", function () {
            const order = head.getAttribute("aria-sort") === first ? second : first;
            for (const other of view.heads)
                other.removeAttribute("aria-sort");
            head.setAttribute("aria-sort", order);
            sort(view, column, order === "ascending" ? 1 : -1);
            showFirst(view);
        });
    }

    const tests = {
        "=": (a, b) => a === b,
        "<": (a, b) => a < b,
        ">": (a, b) => a > b,
        "<=": (a, b) => a <= b,
        ">=": (a, b) => a >= b
    };

    // One word of a search: "beat", or "f1>0.9" of the columns whose name begins so. It is asked of
    // the distinct texts of a column once.
    function readWord(view, word) {
        const parts = /^(.+?)(<=|>=|=|<|>)(.+)$/.exec(word);
        const all = view.columns.map((column, at) => ({column, name: view.names[at]}));
        const named = parts ? all.filter(one => one.name.startsWith(parts[1])) : [];
        function agrees(text) {
            if (named.length === 0)
                return text.includes(word);
            const a = number(text), b = number(parts[3]);
            if (text === parts[3] && parts[2] === "=")
                return true;
            return !isNaN(a) && !isNaN(b) && tests[parts[2]](a, b);
        }
        const asked = (named.length > 0 ? named : all).map(function (one) {
            return {rows: one.column.rows,
                    holds: one.column.texts.map(text => agrees(text.toLowerCase()))};
        });
        return row => asked.some(one => one.holds[one.rows[row]]);
    }

    function filter(view) {
        const wanted = view.words.map(word => readWord(view, word));
        const all = view.order.length;
        view.found = wanted.length === 0 ? view.order
            : view.order.filter(row => wanted.every(test => test(row)));
        const shown = view.found.length;
        view.count.textContent = shown === all ? all + " rows" : shown + " of " + all + " rows";
    }

    function search(view, text) {
        view.words = text.toLowerCase().split(/\s+/).filter(word => word !== "");
        filter(view);
        showFirst(view);
    }

    function showColumn(view, column, shown) {
        view.hidden[shown ? "delete" : "add"](column);
        for (const row of view.table.rows)
            row.cells[column].hidden = !shown;
    }

    function columnChooser(view) {
        const list = make("div", {className: "choices"});
        view.heads.forEach(function (head, column) {
            const box = make("input", {type: "checkbox", checked: true});
            box.addEventListener("change", () => showColumn(view, column, box.checked));
            list.append(make("label", {}, box, " " + head.textContent));
        });
        return make("details", {className: "chooser"}, make("summary", {}, "Columns"), list);
    }

    // The packed rows instead of those that the page opened with.
    function addAllRows(view, template, tools, onRows) {
        const button = make("button", {type: "button", className: "all-rows"}, "Show all rows");
        button.addEventListener("click", function () {
            setColumns(view, unpackColumns(template));
            for (const head of view.heads)
                head.removeAttribute("aria-sort");
            filter(view);
            showFirst(view);
            button.remove();
            onRows();
        });
        tools.append(button);
    }

    function addTools(view, all, onRows) {
        const field = make("input", {type: "search", placeholder: "search, or f1>0.9",
                                     ariaLabel: "search rows"});
        const scroll = view.table.closest(".scroll");
        view.names = view.heads.map(head => head.textContent.toLowerCase());
        view.count = make("output", {className: "soft"});
        const tools = make("div", {className: "tools"}, field, columnChooser(view), view.count);
        field.addEventListener("input", () => search(view, field.value));
        scroll.addEventListener("scroll", function () {
            if (scroll.scrollTop + 2 * scroll.clientHeight > scroll.scrollHeight)
                showUpTo(view, view.table.tBodies[0].rows.length + step);
        });
        if (all)
            addAllRows(view, all, tools, onRows);
        view.heads.forEach((head, column) => addSorting(view, head, column));
        scroll.before(tools);
        filter(view);
        showFirst(view);
    }

    // Charts. A series is a label in a legend with everything of its colour.

    const quiet = ["rgb(34,34,34)", "rgb(102,102,102)", "rgb(228,228,228)", "rgb(255,255,255)",
                   "black", "#ffffff", "none", "currentcolor", ""];

    function colourOf(element) {
        for (const name of ["stroke", "color", "fill"]) {
            const value = (element.getAttribute(name) || "").replace(/\s/g, "").toLowerCase();
            if (!quiet.includes(value))
                return value;
        }
        return null;
    }

    function byColour(svg) {
        const found = new Map();
        for (const element of svg.querySelectorAll("path, polygon, use, rect")) {
            let at = element;
            while (at !== svg && !colourOf(at))
                at = at.parentNode;
            const colour = at === svg ? null : colourOf(at);
            if (colour)
                found.set(colour, (found.get(colour) || []).concat(element));
        }
        return found;
    }

    // The legend's texts: gnuplot puts each into the group of its plot, before what is drawn.
    function readSeries(svg) {
        const elements = byColour(svg), series = [];
        for (const plot of svg.querySelectorAll("g[id*='_plot_']")) {
            const text = plot.querySelector("text");
            const drawn = Array.from(plot.querySelectorAll("path, polygon, use, rect"));
            const colour = [...elements.keys()].find(
                key => drawn.some(element => elements.get(key).includes(element)));
            if (text && colour && text.textContent.trim() !== "")
                series.push({label: text.textContent.trim(), text: text,
                             elements: elements.get(colour)});
        }
        return series;
    }

    function addHiding(series) {
        for (const one of series) {
            one.text.classList.add("legend");
            one.text.addEventListener("click", function () {
                const hidden = one.text.classList.toggle("hidden");
                for (const element of one.elements)
                    element.classList.toggle("hidden", hidden);
            });
        }
    }

    // Whether a legend's label, "8, 1e-3", consists of values of the row, in their order.
    function means(label, values) {
        let at = 0;
        return label.replace(/:.*/, "").split(", ").every(function (part) {
            while (at < values.length && values[at] !== part)
                at++;
            return at++ < values.length;
        });
    }

    function highlight(charts, rows) {
        for (const series of charts) {
            const picked = series.filter(one => rows.some(values => means(one.label, values)));
            const kept = new Set(picked.flatMap(one => one.elements));
            for (const one of series)
                for (const element of one.elements)
                    element.classList.toggle("dim", picked.length > 0 && !kept.has(element));
        }
    }

    function addSelection(view, charts) {
        const keys = view.heads.map((head, column) => "key" in head.dataset ? column : -1)
            .filter(at => at >= 0);
        function update() {
            highlight(charts, Array.from(view.selected, row =>
                keys.map(column => textAt(view, column, row))));
        }
        view.table.addEventListener("click", function (event) {
            const element = event.target.closest("tbody tr");
            if (!element || keys.length === 0)
                return;
            const row = Number(element.dataset.row);
            view.selected[view.selected.has(row) ? "delete" : "add"](row);
            markSelected(view, element);
            update();
        });
        return update;
    }

    // Values at the pointer, at once; the browser's own would come late.
    function addValues() {
        const tip = make("div", {className: "tip", hidden: true});
        document.body.append(tip);
        for (const title of document.querySelectorAll("figure g > title")) {
            title.parentNode.dataset.value = title.textContent;
            title.remove();
        }
        addEventListener("pointermove", function (event) {
            const at = event.target.closest ? event.target.closest("[data-value]") : null;
            tip.hidden = !at;
            if (!at)
                return;
            tip.textContent = at.dataset.value;
            tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + "px";
            tip.style.top = event.clientY + 18 + "px";
        });
    }

    // A chart over the whole window: the wheel zooms, dragging moves.
    function openChart(figure) {
        const svg = figure.querySelector("svg"), home = svg.parentNode, next = svg.nextSibling;
        const whole = svg.viewBox.baseVal, full = [whole.x, whole.y, whole.width, whole.height];
        const dialog = make("dialog", {className: "zoomed"});
        let box = full.slice(), from = null;
        function show() {
            svg.setAttribute("viewBox", box.join(" "));
        }
        function zoom(event) {
            const area = svg.getBoundingClientRect(), by = event.deltaY < 0 ? 0.8 : 1.25;
            const x = box[0] + box[2] * (event.clientX - area.left) / area.width;
            const y = box[1] + box[3] * (event.clientY - area.top) / area.height;
            event.preventDefault();
            if (box[2] * by > full[2])
                box = full.slice();
            else
                box = [x + (box[0] - x) * by, y + (box[1] - y) * by, box[2] * by, box[3] * by];
            show();
        }
        function drag(event) {
            if (!from)
                return;
            const area = svg.getBoundingClientRect();
            box[0] -= box[2] * (event.clientX - from[0]) / area.width;
            box[1] -= box[3] * (event.clientY - from[1]) / area.height;
            from = [event.clientX, event.clientY];
            show();
        }
        function restore() {
            box = full.slice();
            show();
            home.insertBefore(svg, next);
            svg.removeEventListener("wheel", zoom);
            dialog.remove();
        }
        const close = make("button", {type: "button"}, "Close");
        close.addEventListener("click", restore);
        dialog.append(make("div", {className: "tools"}, close,
                           make("span", {className: "soft"}, "wheel: zoom, drag: move")), svg);
        svg.addEventListener("wheel", zoom);
        svg.addEventListener("pointerdown", event => { from = [event.clientX, event.clientY]; });
        dialog.addEventListener("pointermove", drag);
        dialog.addEventListener("pointerup", () => { from = null; });
        dialog.addEventListener("close", restore); // the escape key
        document.body.append(dialog);
        dialog.showModal();
    }

    function addZoom(figure) {
        const button = make("button", {type: "button", className: "zoom"}, "Zoom");
        button.addEventListener("click", () => openChart(figure));
        figure.append(button);
    }

    const charts = [];
    for (const figure of document.querySelectorAll("figure")) {
        const series = readSeries(figure.querySelector("svg"));
        addHiding(series);
        addZoom(figure);
        charts.push(series);
    }
    addValues();
    function templateAt(element, name) {
        return element && element.matches("template." + name) ? element : null;
    }

    const views = Array.from(document.querySelectorAll("table.sortable"), function (table) {
        const packed = templateAt(table.nextElementSibling, "rows");
        const view = openView(table, packed ? unpackColumns(packed) : standingColumns(table));
        const all = templateAt(table.closest(".scroll").nextElementSibling, "all-rows");
        addTools(view, all, addSelection(view, charts));
        return view;
    });
    // What is folded on the screen would be missing on paper.
    addEventListener("beforeprint", function () {
        for (const part of document.querySelectorAll("details:not(.chooser)"))
            part.open = true;
        for (const view of views)
            showUpTo(view, 10 * step);
    });
})();
